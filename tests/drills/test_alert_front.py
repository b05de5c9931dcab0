"""Drills: a front that is slow, that answers 5xx, that refuses what is signed wrongly; and promises that are broken or not checked."""

import requests

from db.tables.organizations import OrganizationRow
from tasks import invariants
from tests.support import chain
from tests.support.alerts import Alerts
from tests.support.stored import rows
from tests.support.vendors import send_sms
from webhooks import tenants

TIMEOUT_S = 30


def test_a_table_that_is_locked_makes_the_front_slow_and_answer_503(alerts: Alerts, organization: OrganizationRow, one_front: str) -> None:
    names = ("HooklineWebhooksSlow", "HooklineWebhooksRefusedByUs")
    tenants.forget()
    assert send_sms(one_front, "SM" + "1" * 32, "hello", "+15005550101").ok
    alerts.scrape()
    with chain.holding("LOCK TABLE webhook_events IN ACCESS EXCLUSIVE MODE"):
        assert send_sms(one_front, "SM" + "2" * 32, "hello", "+15005550102").status_code == 503
    assert alerts.fire(*names)
    assert send_sms(one_front, "SM" + "3" * 32, "hello", "+15005550103").ok
    alerts.scrape()
    assert alerts.are_quiet(*names)


def test_strangers_and_a_wrong_token(alerts: Alerts, one_front: str) -> None:
    name = "HooklineSignaturesRefused"
    alerts.scrape()
    for _ in range(5):
        assert requests.post(f"{one_front}/webhooks/twilio/sms", data={"Body": "x"}, timeout=TIMEOUT_S).status_code == 403
    assert alerts.are_quiet(name), "a few come every day"
    for _ in range(6):
        requests.post(f"{one_front}/webhooks/twilio/sms", data={"Body": "x"}, headers={"X-Twilio-Signature": "no"}, timeout=TIMEOUT_S)
    fired = alerts.found(name)[name]
    assert [dict(labels) for labels in fired] == [{"provider": "twilio"}]
    assert alerts.are_quiet(name)


def test_a_promise_that_is_broken_and_mended(alerts: Alerts, organization: OrganizationRow) -> None:
    names = ("HooklinePromiseBroken", "HooklinePromisesUnchecked")
    assert alerts.found(*names)["HooklinePromisesUnchecked"], "nobody has ever looked"
    invariants.look_after()
    assert alerts.are_quiet(*names)
    stored = chain.store_sms(organization.id)
    rows("DELETE FROM runs WHERE id = %s RETURNING id", str(stored.run_id))
    invariants.look_after()
    fired = alerts.found(*names)
    assert ("invariant", "I1.run") in {pair for labels in fired["HooklinePromiseBroken"] for pair in labels}
    rows("UPDATE transcripts SET status = 'failed', status_reason = 'x' RETURNING id")
    rows("UPDATE webhook_events SET kind = 'other' RETURNING id")
    invariants.look_after()
    assert alerts.are_quiet(*names)
    rows("UPDATE invariant_checks SET checked_at = checked_at - interval '10 minutes' RETURNING invariant")
    assert alerts.fire("HooklinePromisesUnchecked")
    invariants.look_after()
    assert alerts.are_quiet(*names)
