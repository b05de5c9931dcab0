"""The core emergencies in Spanish, as callers in the United States say them. Without accents: the plain form has none."""

from domain.emergencies.safety_phrases.fragments import Group

_MI = r"(?:mi|mis|el|la|los|las|su|sus|un|una|nuestra|nuestro)"

EMERGENCIA = Group(
    (
        "entr|quiere|respir|aire|ahog|pecho|ahorca|departamento|amenaz|metier|metio|metiendo|puede de|esta mucho|estoy mucho"
        "|demasiado|muchisimo|mucha|quieren|se esta|asfix|paro |cardiac|conocimiento|reacciona|responde|911|nueve"
        "|paramedic|prendio|arde|ardiendo|navaja|machete|pego|dano|cortarme|blanqueador|detergente|robaron|llevaron|bebe"
        "|fuente|extrano|viviendo|olor|matando|atac|hombre|alguien|estan|rompio|dando a luz|corazon|infarto|derrame"
        "|convuls|desmay|inconsciente|despiert|sangr|llame|llama|mande|ambulancia|policia|bomberos|emergencia|auxilio"
        "|matar|suicid|morir|vivir|vida|quitarme|fuego|incendi|quema|gas|humo|pistola|cuchillo|arma|golpe|pega|entrar"
        "|casa|socorro|sobredosis|pastillas|veneno|cloro|envenen|dispar|apunal|viol|secuestr|bomba|parto|peligro|ladron"
    ),
    (
        r"no (?:puedo|puede|podemos|pueden) respirar",
        r"(?:no|dejo de|dejado de|ya no|apenas) (?:esta |puede )?(?:respira|respirar|respirando)",
        r"(?:falta|me falta|le falta) (?:el |de )?aire|(?:se|me) (?:esta |estoy )?(?:ahogando|asfixiando|ahoga|ahogo)",
        r"dificultad para respirar|(?:esta|estoy) ahogandose",
        r"dolor(?:es)? (?:fuerte |muy fuerte |intenso )?(?:de|en el|en mi|en su) pecho|(?:me|le) duele (?:mucho )?el pecho",
        r"(?:ataque|paro) (?:al corazon|cardiaco|de corazon)|(?:un )?infarto|derrame cerebral|convulsionando|convulsiones",
        r"tiene un derrame",
        r"(?:esta|quedo|encontre|se quedo) (?:inconsciente|sin conocimiento|desmayad[oa])|se (?:ha )?(?:desmayo|desmayado)",
        r"no (?:se )?(?:despierta|reacciona|responde mi|responde el|responde ella)|no (?:quiere|puede) despertar",
        (
            r"(?:llame|llama|llamen|llamar|llamo|llamale|marque|hablen|hable)(?: por favor)?(?: a| al| a la| a los| a una| una"
            r"| por){0,5} (?:911|nueve once|nueve uno uno|ambulancia|policia|bomberos|emergencias?)"
        ),
        (
            r"(?:mande|manden|envie|envien|necesito|necesitamos|ocupo|pida|traigan|quiero)(?: por favor)?(?: a| una| la| a la| los"
            r"| a los| un){0,5} (?:ambulancia|policia|bomberos|paramedicos?)(?! (?:report|reporte))"
        ),
        r"^(?:auxilio|socorro|ambulancia|policia)(?= |$|,)|es una emergencia(?= medica|$|,)|(?:tengo|tenemos|hay) una emergencia",
        r"(?:me|se) (?:quiero|quiere|voy a|va a|queria|intento|trato de) (?:matar|suicidar|morir|quitar la vida|hacer dano)",
        (
            r"(?:quiero|quiere|voy a|va a|pienso|piensa|pensando en|intento|quisiera) (?:matarme|matarse|suicidarme|suicidarse"
            r"|morirme|morir|quitarme la vida|quitarse la vida|hacerme dano|cortarme|acabar con (?:mi|su) vida)"
        ),
        r"no quiero (?:seguir )?(?:vivir|viviendo)(?! (?:en|con|aqui|cerca|ahi))",
        r"no (?:tiene sentido|vale la pena) (?:vivir|la vida|seguir viviendo)|suicid(?:io|arme|arse)",
        r"(?:tome|tomo|trague) (?:muchas|demasiadas|todas|un frasco)(?: [a-z]+){0,3} pastillas|sobredosis",
        (
            r"(?:hay|tengo|tenemos|huele a|huelo|olor a|fuga de|escape de|sale) (?:un |mucho |olor a |el ){0,5}(?:fuego|incendio|humo"
            r"|gas)(?! (?:natural bill|lp factura))"
        ),
        rf"(?:fuego|incendio) en (?:{_MI} )?(?:casa|cocina|edificio|apartamento|departamento|carro)",
        (
            rf"se (?:esta )?(?:quemando|quema|incendia|incendiando|incendio|prendio) ?(?:{_MI} )?(?:casa|cocina|edificio|apartamento"
            r"|departamento|carro|fuego)?"
        ),
        (
            rf"{_MI} (?:casa|cocina|edificio|apartamento|carro) (?:esta |se esta ){{0,5}}(?:en llamas|ardiendo|quemando|incendiando"
            r"|quemandose|incendiandose)"
        ),
        r"(?:tiene|trae|con|saco|apunta con|amenaza con) (?:una? )?(?:pistola|cuchillo|arma|navaja|machete)",
        (
            r"(?:me|nos|la|lo|le) (?:esta |estan |va a |van a |quiere |quieren |trata de ){1,5}(?:golpear|golpeando|pegando|pegar|matar"
            r"|matando|violando|atacando|atacar|disparar|disparando|ahorcando|matarme)"
        ),
        r"(?:me|nos) (?:golpeo|pego|violo|violaron|dispararon|apunalo|apunalaron|amenazo con)",
        r"(?:le|lo|la) (?:dispararon|apunalaron|dispararon|secuestraron)",
        r"(?:va a|quiere|amenaza con) (?:matarme|matarnos|pegarme|matarla|matarlo|golpearme)",
        (
            r"(?:alguien|hombre|ladron|ladrones|hombres) (?:esta |estan |se |quiere |quieren |tratando de |intentando |ha "
            r"|quiso ){1,5}(?:entrando|entrar|entro|metio|meterse|metiendo|meterse|metiendose|metieron)(?: [a-z]+)? ?(?:a |en "
            r"|por )?(?:mi|la|nuestra)? ?(?:casa|ventana|puerta|apartamento)"
        ),
        (
            r"(?:se metieron|se metio|entraron|entro|se estan metiendo)(?: [a-z]+)? (?:a|en) (?:mi|la|nuestra) (?:casa|apartamento"
            r"|departamento)"
        ),
        r"hay (?:un|unos|alguien|una) (?:hombre|ladron|ladrones|extrano|persona)? ?(?:en|dentro de) mi casa",
        r"(?:estoy|estamos|vida|esta) (?:esta )?en peligro",
        r"(?:esta|estoy|sangrando|sangra) (?:sangrando )?(?:mucho|muchisimo|demasiado)(?= sangre|$|,)",
        r"(?:esta|estoy) (?:sangrando|desangrandose)|no (?:para|deja) de sangrar|perdi(?:endo|o|do) mucha sangre",
        r"(?:tomo|trago|bebio|comio) (?:el |un poco de )?(?:cloro|veneno|blanqueador|detergente)",
        r"(?:esta|estoy|se) (?:envenenad[oa]|enveneno|ahogando)|hay una bomba",
        r"(?:secuestraron|se robaron|se llevaron) a mi (?:hij[oa]|nin[oa]|bebe)",
        r"(?:estoy|esta) (?:dando a luz|en labor de parto|de parto)|ya viene el bebe|se me rompio la fuente",
    ),
)
