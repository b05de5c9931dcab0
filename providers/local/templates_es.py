"""The approved replies in Spanish, as ``providers/local/templates.py`` has them in English."""

from collections.abc import Mapping

from domain.speech import OUT_OF_SCOPE
from providers.local.templates import Phrasebook, Template


def _about(wish: str, next_step: str) -> Template:
    return Template(
        sms=f"{{name}}: gracias, tenemos su mensaje sobre {wish}. {next_step} {{here}}",
        voice=f"Gracias por llamar a {{name}}. Usted preguntó por {wish}. {next_step} {{here}}",
    )


_EMERGENCY = Template(
    sms="{name}: esto parece una emergencia. Llame ahora al {emergency}. {alerted}",
    voice="Habla {name}. Esto parece una emergencia. Por favor cuelgue y llame ahora al {emergency}. {alerted}",
)
_SOME_NUMBER = Template(
    sms="número local de emergencias (911 en Estados Unidos, 112 en Europa)",
    voice="número local de emergencias: 911 en Estados Unidos, 112 en Europa",
)
_PERSON_CALLS_BACK = Template(
    sms="{name}: gracias, tenemos su mensaje. Una persona de nuestro equipo le va a llamar lo antes posible. {no_advice} "
    "Si hay peligro, llame al número local de emergencias.",
    voice="Gracias por llamar a {name}. {reach} Una persona de nuestro equipo le va a llamar lo antes posible. {no_advice} "
    "Si hay peligro, llame al número local de emergencias.",
)
_HOURS_UNKNOWN = Template(
    sms="{name}: gracias por preguntar por nuestro horario. Nuestro equipo se lo va a enviar. {services}",
    voice="Gracias por llamar a {name}. Usted preguntó por nuestro horario. Nuestro equipo se lo va a decir. {services}",
)
_TEAM = "Nuestro equipo lo va a revisar y le va a responder."
_NEVER_SEND = "Por favor no envíe aquí números de tarjeta ni contraseñas."

_BY_INTENT: Mapping[str, Template] = {
    "check_balance": _about("su saldo", f"{_TEAM} {_NEVER_SEND}"),
    "check_transactions": _about("sus movimientos", f"{_TEAM} {_NEVER_SEND}"),
    "pay_bill": _about("el pago de una factura", f"{_TEAM} {_NEVER_SEND}"),
    "transfer_money": _about("una transferencia", f"{_TEAM} {_NEVER_SEND}"),
    "transfer_problem": _about("una transferencia que no salió como esperaba", _TEAM),
    "replace_card": _about("una tarjeta nueva", f"Si la perdió o se la robaron, bloquéela en su aplicación o llámenos. {_TEAM}"),
    "card_delivery": _about("una tarjeta que está en camino", _TEAM),
    "card_problem": _about("un problema con su tarjeta", f"{_TEAM} {_NEVER_SEND}"),
    "report_fraud": _about("algo que usted no autorizó", f"Si puede, bloquee su tarjeta ahora. {_TEAM}"),
    "dispute_charge": _about("un cargo o un reembolso", _TEAM),
    "order_checks": _about("un pedido de cheques", _TEAM),
    "exchange_rate": _about("el tipo de cambio", _TEAM),
    "top_up": _about("una recarga o un depósito", _TEAM),
    "reset_password": _about("su contraseña, PIN o acceso", f"{_TEAM} {_NEVER_SEND}"),
    "update_details": _about("un cambio de sus datos", _TEAM),
    "verify_identity": _about("la verificación de su identidad", f"{_TEAM} {_NEVER_SEND}"),
    "close_account": _about("el cierre de su cuenta", "Una persona de nuestro equipo le va a llamar para confirmarlo."),
    "book_appointment": _about("una cita o una reserva", "Nuestro equipo va a confirmar una hora con usted."),
    "cancel_or_change_booking": _about("un cambio o una cancelación", "Nuestro equipo va a confirmar el cambio con usted."),
    "confirm_booking": _about("la confirmación de una reserva", "Nuestro equipo la va a confirmar con usted."),
    "order_status": _about("su pedido", _TEAM),
    "billing_question": _about("su factura", _TEAM),
    "opening_hours": Template(
        sms="{name}: nuestro horario es {hours}. {closed} {services}",
        voice="Gracias por llamar a {name}. Nuestro horario es {hours}. {closed} {services}",
    ),
    "directions": _about("cómo llegar", "Nuestro equipo le va a enviar la dirección."),
    "technical_problem": _about("un problema técnico", _TEAM),
    "speak_to_human": _PERSON_CALLS_BACK,
    "greeting": Template(
        sms="Hola, habla {speaker}. ¿En qué podemos ayudarle? {services}",
        voice="Hola, habla {speaker}. ¿En qué podemos ayudarle? {services}",
    ),
    "goodbye": Template(sms="Gracias por escribir a {name}. ¡Hasta pronto!", voice="Gracias por llamar a {name}. ¡Hasta pronto!"),
    OUT_OF_SCOPE: Template(
        sms="{name}: gracias por su mensaje. Lo vamos a leer y le vamos a responder. {no_advice} {in_emergency} {here} {services}",
        voice="Gracias por llamar a {name}. Tomamos nota de lo que dijo, y nuestro equipo le va a responder. {no_advice} {in_emergency} "
        "{here} {services}",
    ),
}

SPANISH = Phrasebook(
    emergency=_EMERGENCY,
    some_number=_SOME_NUMBER,
    person_calls_back=_PERSON_CALLS_BACK,
    hours_unknown=_HOURS_UNKNOWN,
    by_intent=_BY_INTENT,
    alerted="Ya estamos avisando a una persona.",
    reach="No veo su número: dígame cómo podemos localizarle.",
    here="Atendemos {hours}.",
    closed="En este momento estamos cerrados.",
    services="Podemos ayudarle con {services}.",
    pair="{first} y {last}",
    speaker="{persona} de {name}",
)
