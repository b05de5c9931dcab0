"""Who runs with other settings is told from fingerprints, which tell nothing else."""

from domain.diagnosis.alike import SECRET, Disagreement, disagreements, fingerprint

SECRET_KEY = "a secret of at least thirty-two characters"
KEY = "OPENAI_API_KEY"


def _settings(key: str, url: str = "https://api.openai.com/v1", secret: str = SECRET_KEY) -> dict[str, str]:
    told = {SECRET: "", KEY: key, "OPENAI_BASE_URL": url}
    return {name: fingerprint(secret, name, value) for name, value in told.items()}


def test_a_fingerprint_is_short_and_of_this_value_under_this_name_and_secret() -> None:
    assert fingerprint(SECRET_KEY, KEY, "sk-1") == fingerprint(SECRET_KEY, KEY, "sk-1")
    others = [fingerprint(SECRET_KEY, KEY, "sk-2"), fingerprint(SECRET_KEY, "OTHER", "sk-1"), fingerprint("another", KEY, "sk-1")]
    assert len({fingerprint(SECRET_KEY, KEY, "sk-1"), *others}) == 4
    assert all(len(each) == 8 for each in others)


def test_the_one_that_differs_is_named_with_all_in_which_it_does() -> None:
    told = {"a": _settings("sk-1"), "b": _settings("sk-2", "https://proxy.example"), "c": _settings("sk-1")}
    [found] = disagreements(told)
    assert found == Disagreement((KEY, "OPENAI_BASE_URL"), (("a", "c"), ("b",)))
    assert found.odd == ("b",)


def test_of_two_nobody_knows_which_is_wrong() -> None:
    [found] = disagreements({"a": _settings("sk-1"), "b": _settings("sk-2")})
    assert (found.sides, found.odd) == ((("a",), ("b",)), ())


def test_under_another_secret_nothing_else_can_be_told() -> None:
    [found] = disagreements({"a": _settings("sk-1"), "b": _settings("sk-1", secret="another"), "c": _settings("sk-2")})
    assert (found.settings, found.odd) == ((SECRET,), ("b",))


def test_what_one_does_not_say_is_not_held_against_it() -> None:
    """Of a release that tells of fewer settings."""
    told = {"a": _settings("sk-1"), "b": {SECRET: _settings("")[SECRET]}, "c": {}}
    assert disagreements(told) == []
    assert disagreements({}) == []
