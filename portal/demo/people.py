"""The demonstration's agencies and people: real forces' names and published facts, made-up people.

Addresses end in .example, which nobody owns. Every number is to be confirmed by its agency before real use.
"""

from dataclasses import dataclass

from portal.kernel.actor import Role


@dataclass(frozen=True, slots=True)
class DemoAgency:
    slug: str
    names: dict[str, str]
    country: str
    regions: tuple[str, ...]
    languages: tuple[str, ...]
    time_zone: str
    domain: str
    switchboard: str
    switchboard_source: str
    is_training: bool = False


@dataclass(frozen=True, slots=True)
class DemoPerson:
    email: str
    name: str
    role: Role
    agency: str = ""  # slug; "" is the exchange
    language: str = "en"


AGENCIES = (
    DemoAgency(
        "hong-kong",
        {"en": "Hong Kong Police Force", "zh-hant": "香港警務處", "zh-hans": "香港警务处"},
        "HK", ("HK",), ("zh-hant", "en"), "Asia/Hong_Kong", "police-hk.example", "18222", "https://www.adcc.gov.hk",
    ),
    DemoAgency(
        "singapore",
        {"en": "Singapore Police Force", "zh-hans": "新加坡警察部队", "ms": "Pasukan Polis Singapura"},
        "SG", ("SG",), ("en", "zh-hans", "ms"), "Asia/Singapore", "police-sg.example", "1799",
        "https://www.scamshield.gov.sg",
    ),
    DemoAgency(
        "sweden",
        {"en": "Swedish Police Authority", "sv": "Polismyndigheten"},
        "SE", ("SE",), ("sv", "en"), "Europe/Stockholm", "polisen-se.example", "114 14", "https://polisen.se",
    ),
    DemoAgency(
        "united-states",
        {"en": "Internet Crime Complaint Center", "es": "Centro de Denuncias de Delitos en Internet"},
        "US", ("US",), ("en", "es"), "America/New_York", "ic3-us.example", "ic3.gov lists the field offices",
        "https://www.ic3.gov",
    ),
    DemoAgency(
        "france",
        {"en": "French Ministry of the Interior, 17Cyber", "fr": "Ministère de l’Intérieur, 17Cyber"},
        "FR", ("FR",), ("fr", "en"), "Europe/Paris", "interieur-fr.example", "0 805 805 817",
        "https://www.service-public.fr",
    ),
    DemoAgency(
        "brazil",
        {"en": "Civil Police of São Paulo", "pt-br": "Polícia Civil de São Paulo"},
        "BR", ("BR",), ("pt-br",), "America/Sao_Paulo", "policiacivil-br.example", "Delegacia Virtual",
        "https://www.gov.br",
    ),
    DemoAgency(
        "japan",
        {"en": "National Police Agency of Japan", "ja": "警察庁"},
        "JP", ("JP",), ("ja", "en"), "Asia/Tokyo", "npa-jp.example", "#9110", "https://www.npa.go.jp",
    ),
    DemoAgency(
        "india",
        {"en": "Indian Cyber Crime Coordination Centre", "hi": "भारतीय साइबर अपराध समन्वय केंद्र"},
        "IN", ("IN",), ("hi", "en"), "Asia/Kolkata", "i4c-in.example", "1930", "https://cybercrime.gov.in",
    ),
    DemoAgency(
        "port-haven",
        {"en": "Port Haven City Police (made up)"},
        "US", ("US-WA",), ("en",), "America/Los_Angeles", "porthaven-police.example", "+1 206 555 0142",
        "https://www.porthaven-police.example/contact",
    ),
    DemoAgency(
        "training",
        {"en": "Training Agency (exercise)", "ar": "جهة التدريب (تمرين)"},
        "GB", ("GB",), ("en", "ar"), "Europe/London", "training.example", "0300 123 2040",
        "https://www.reportfraud.police.uk", is_training=True,
    ),
)  # fmt: skip

EXCHANGE = "exchange.example"

PEOPLE = (
    DemoPerson("officer@police-hk.example", "Chan Wing-yan", Role.OFFICER, "hong-kong"),
    DemoPerson("officer2@police-hk.example", "Lau Ka-ming", Role.OFFICER, "hong-kong"),
    DemoPerson("supervisor@police-hk.example", "Wong Mei-ling", Role.SUPERVISOR, "hong-kong"),
    DemoPerson("supervisor2@police-hk.example", "Ho Chi-kit", Role.SUPERVISOR, "hong-kong"),
    DemoPerson("officer@police-sg.example", "Tan Hui Min", Role.OFFICER, "singapore"),
    DemoPerson("supervisor@police-sg.example", "Rahim bin Yusof", Role.SUPERVISOR, "singapore"),
    DemoPerson("officer@polisen-se.example", "Elin Lindqvist", Role.OFFICER, "sweden"),
    DemoPerson("supervisor@polisen-se.example", "Johan Åkerström", Role.SUPERVISOR, "sweden"),
    DemoPerson("officer2@polisen-se.example", "Nils Forsberg", Role.OFFICER, "sweden"),
    DemoPerson("officer@ic3-us.example", "Maria Delgado", Role.OFFICER, "united-states"),
    DemoPerson("supervisor@ic3-us.example", "James Whitfield", Role.SUPERVISOR, "united-states"),
    DemoPerson("officer@interieur-fr.example", "Camille Moreau", Role.OFFICER, "france"),
    DemoPerson("supervisor@interieur-fr.example", "Luc Bertrand", Role.SUPERVISOR, "france"),
    DemoPerson("officer@policiacivil-br.example", "Ana Beatriz Souza", Role.OFFICER, "brazil"),
    DemoPerson("supervisor@policiacivil-br.example", "Paulo Nogueira", Role.SUPERVISOR, "brazil"),
    DemoPerson("officer@npa-jp.example", "佐藤 健", Role.OFFICER, "japan"),
    DemoPerson("supervisor@npa-jp.example", "高橋 由美", Role.SUPERVISOR, "japan"),
    DemoPerson("officer@i4c-in.example", "Priya Sharma", Role.OFFICER, "india"),
    DemoPerson("supervisor@i4c-in.example", "Arjun Mehta", Role.SUPERVISOR, "india"),
    DemoPerson("officer@porthaven-police.example", "Dana Whitlock", Role.OFFICER, "port-haven"),
    DemoPerson("supervisor@porthaven-police.example", "Owen Marsh", Role.SUPERVISOR, "port-haven"),
    DemoPerson("officer@training.example", "Sam Exercise", Role.OFFICER, "training"),
    DemoPerson("supervisor@training.example", "Alex Exercise", Role.SUPERVISOR, "training"),
    DemoPerson(f"reviewer@{EXCHANGE}", "Nadia Petrova", Role.COMPLIANCE_REVIEWER),
    DemoPerson(f"reviewer2@{EXCHANGE}", "Oluwaseun Adeyemi", Role.COMPLIANCE_REVIEWER),
    DemoPerson(f"analyst@{EXCHANGE}", "Katrin Vogel", Role.CASE_ANALYST),
    DemoPerson(f"analyst2@{EXCHANGE}", "Diego Ramos", Role.CASE_ANALYST),
    DemoPerson(f"lead@{EXCHANGE}", "Ingrid Solberg", Role.COMPLIANCE_LEAD),
    DemoPerson(f"lead2@{EXCHANGE}", "Rafael Monteiro", Role.COMPLIANCE_LEAD),
    DemoPerson(f"auditor@{EXCHANGE}", "Thomas Keller", Role.AUDITOR),
)
