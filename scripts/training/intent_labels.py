"""Which labels of the public intent corpora mean which of our intents. What is not named here is out of scope for a front desk."""

from collections.abc import Mapping

BANKING77: Mapping[str, tuple[str, ...]] = {
    "transfer_money": ("transfer_into_account", "transfer_timing", "receiving_money", "beneficiary_not_allowed"),
    "transfer_problem": (
        "pending_transfer",
        "failed_transfer",
        "declined_transfer",
        "cancel_transfer",
        "transfer_not_received_by_recipient",
        "balance_not_updated_after_bank_transfer",
        "balance_not_updated_after_cheque_or_cash_deposit",
    ),
    "replace_card": ("lost_or_stolen_card", "card_about_to_expire", "card_swallowed", "getting_spare_card", "order_physical_card"),
    "card_delivery": ("card_arrival", "card_delivery_estimate"),
    "card_problem": (
        "card_not_working",
        "declined_card_payment",
        "contactless_not_working",
        "declined_cash_withdrawal",
        "virtual_card_not_working",
        "activate_my_card",
    ),
    "reset_password": ("passcode_forgotten", "pin_blocked", "change_pin"),
    "report_fraud": (
        "card_payment_not_recognised",
        "cash_withdrawal_not_recognised",
        "direct_debit_payment_not_recognised",
        "compromised_card",
    ),
    "dispute_charge": (
        "request_refund",
        "Refund_not_showing_up",
        "transaction_charged_twice",
        "extra_charge_on_statement",
        "card_payment_fee_charged",
        "cash_withdrawal_charge",
        "transfer_fee_charged",
        "wrong_amount_of_cash_received",
        "reverted_card_payment?",
    ),
    "exchange_rate": ("exchange_rate", "exchange_charge", "card_payment_wrong_exchange_rate", "wrong_exchange_rate_for_cash_withdrawal"),
    "top_up": ("top_up_failed", "top_up_by_cash_or_cheque", "topping_up_by_card", "pending_top_up", "top_up_reverted", "top_up_limits"),
    "update_details": ("edit_personal_details",),
    "verify_identity": ("verify_my_identity", "unable_to_verify_identity", "why_verify_identity"),
    "close_account": ("terminate_account",),
}

CLINC150: Mapping[str, tuple[str, ...]] = {
    "check_balance": ("balance",),
    "check_transactions": ("transactions", "spending_history"),
    "pay_bill": ("pay_bill",),
    "billing_question": ("bill_balance", "bill_due", "min_payment"),
    "transfer_money": ("transfer",),
    "replace_card": ("report_lost_card", "damaged_card", "expiration_date"),
    "card_delivery": ("replacement_card_duration",),
    "card_problem": ("card_declined",),
    "reset_password": ("pin_change", "account_blocked"),
    "report_fraud": ("report_fraud",),
    "order_checks": ("order_checks",),
    "exchange_rate": ("exchange_rate",),
    "book_appointment": ("restaurant_reservation", "schedule_meeting", "schedule_maintenance"),
    "cancel_or_change_booking": ("cancel_reservation",),
    "confirm_booking": ("confirm_reservation",),
    "order_status": ("order_status",),
    "directions": ("directions",),
    "greeting": ("greeting",),
    "goodbye": ("goodbye", "thank_you"),
}

# near enough to one of ours to teach the model a wrong border; neither trained as ours nor as out of scope
LEFT_OUT: Mapping[str, frozenset[str]] = {
    "banking77": frozenset(),
    "clinc150": frozenset(
        {
            "accept_reservations",
            "credit_limit",
            "credit_limit_change",
            "direct_deposit",
            "freeze_account",
            "international_fees",
            "interest_rate",
            "meeting_schedule",
            "new_card",
            "order",
            "routing",
            "application_status",
            "calendar_update",
            "how_busy",
            "make_call",
            "text",
        }
    ),
}


def by_label(mapping: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """The corpus's label → ours."""
    return {theirs: ours for ours, labels in mapping.items() for theirs in labels}
