"""The words of the screens in English, Spanish and Danish: the table, and that nothing is missing anywhere."""

import gettext
import re

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from tests.admin.catalogues import ROOT, catalogue, texts_of_the_source

TABLE = """
Customer support | Atención al cliente | Kundesupport
Channels | Canales | Kanaler
Messaging accounts | Cuentas de mensajería | Meddelelseskonti
Manage | Gestionar | Administrer
Accounts and channels | Cuentas y canales | Firmaer og kanaler
New account | Nueva cuenta | Ny konto
Channel details | Detalles del canal | Kanaldetaljer
Channel | Canal | Kanal
Account details | Detalles de la cuenta | Kontodetaljer
Channel ID | Identificador de canal | Kanal-ID
Channel secret | Secreto de canal | Kanalhemmelighed
Channel access token | Token de acceso al canal | Kanaladgangstoken
Callback information | Información de devolución de llamada | Oplysninger om tilbagekald
Callback URL | URL de devolución de llamada | URL-adresse til tilbagekald
Done | Listo | Udført
Workstream | Secuencia de trabajo | Arbejdsstrøm
Set up LINE | Configurar LINE | Konfigurer LINE
Available LINE accounts | Cuentas de LINE disponibles | Tilgængelige LINE-konti
Language | Idioma | Sprog
Behaviors | Comportamientos | Funktionsmåder
User features | Características de usuario | Brugerfunktioner
File attachments | Archivos adjuntos | Vedhæftede filer
Customers can send file attachments | Los clientes pueden enviar archivos adjuntos | Kunder kan sende vedhæftede filer
Agents can send file attachments | Los agentes pueden enviar archivos adjuntos | Helpdesk-medarbejdere kan sende vedhæftede filer
Summary | Resumen | Oversigt
Finish | Terminar | Udfør
The LINE channel instance is configured. | La instancia del canal de LINE está configurada. | Forekomsten af LINE-kanalen er konfigureret.
Routing rules | Reglas de enrutamiento | Ruteregler
Work classification | Clasificación del trabajo | Arbejdsklassificering
Work distribution | Distribución de trabajo | Arbejdsdistribution
Advanced settings | Configuración avanzada | Avancerede indstillinger
Agent | Agente | Helpdesk-medarbejder
Incoming chat request | Solicitud de chat entrante | Indgående chat-anmodning
Customer summary | Resumen del cliente | Kundeoversigt
"""
ROWS = [tuple(cell.strip() for cell in line.split("|")) for line in TABLE.strip().splitlines()]
# Not on an administrator's screen (yet): the inbox's words, and sections that are absent until they do something.
ELSEWHERE = {"Work classification", "Advanced settings", "Agent", "Incoming chat request", "Customer summary"}
LANGUAGES = ["en", "es", "da"]
TRANSLATED = [code for code, _name in settings.LANGUAGES if code != "en"]
COMPLETE = [code for code in settings.ADMIN_LANGUAGES if code != "en"]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%[sd]")


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
@pytest.mark.parametrize("place", range(3), ids=LANGUAGES)
def test_every_label_of_the_table_is_said_so(row, place):
    with translation.override(LANGUAGES[place]):
        assert translation.gettext(row[0]) == row[place]


@pytest.mark.parametrize("place", range(3), ids=LANGUAGES)
def test_the_screens_show_the_labels_of_the_table(as_root, platform, db, place):
    language = LANGUAGES[place]
    shown = walk(as_root, language)

    missing = [row[place] for row in ROWS if row[0] not in ELSEWHERE and row[place] not in shown]
    assert missing == []
    assert f'<html lang="{language}"' in shown


def walk(client, language):
    """Everything that an administrator sees from the site map to the configured channel."""
    seen = []

    def go(address, **given):
        headers = {"accept-language": language}
        answer = client.post(address, given, headers=headers, follow=True) if given else client.get(address, headers=headers, follow=True)
        seen.append(answer.content.decode())
        return answer.redirect_chain[-1][0] if answer.redirect_chain else address

    for name in ("index", "channels", "accounts", "account_new", "workstreams", "workstream_new"):
        go(reverse(f"admin:{name}"))
    details = go(reverse("admin:account_new"), name="Koharu", channel_type="line")
    callback = go(details, channel_id="1650000001", channel_secret="s", access_token="t")
    done = go(callback.replace("callback-information", "done"))
    finished = go(done, acknowledged="on")
    public_id = finished.split("/")[-3]
    new = f"{reverse('admin:workstream_new')}?set_up={public_id}"
    page = go(
        new,
        name="W",
        work_type="messaging",
        channel_type="line",
        mode="push",
        fallback="new",
        new_queue_name="Q",
        units_per_conversation=20,
    )
    from channels_app.models import MessagingAccount

    page = go(page, account=MessagingAccount.objects.get().pk)
    for given in ({"language": "ja"}, {"greeting_text": ""}, {"attachments_enabled": "on"}, {"finish": "x"}):
        page = go(page, **given)
    go(reverse("admin:workstream_page", args=[MessagingAccount.objects.get().channels.get().workstream.public_id]))
    return "".join(seen)


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_translation_is_missing_or_fuzzy(language):
    entries = catalogue(language)

    assert [entry.key for entry in entries if entry.fuzzy or not all(entry.translations)] == []


@pytest.mark.parametrize("language", COMPLETE)
def test_every_text_of_the_source_is_translated(language):
    known = {entry.key for entry in catalogue(language)}

    # To mend: docs/decisions/034.
    assert sorted(texts_of_the_source() - known) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_whatever_agents_and_supervisors_see_is_translated(language):
    known = {entry.key for entry in catalogue(language)}

    assert len(texts_of_the_source(of_the_inbox=True)) > 400
    assert sorted(texts_of_the_source(of_the_inbox=True) - known) == []


def test_administrators_read_one_language_on_a_page(as_root, db):
    page = as_root.get(reverse("admin:index"), headers={"accept-language": "ja"}).content.decode()

    assert '<html lang="en"' in page
    assert "Customer support" in page


def test_agents_read_japanese(client, alice):
    client.force_login(alice.user, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/inbox/", headers={"accept-language": "ja"}).content.decode()

    assert '<html lang="ja"' in page
    assert "My work" not in page


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_keep_their_placeholders(language):
    def placeholders(text):
        return sorted(PLACEHOLDER.findall(text))

    wrong = [
        entry.text
        for entry in catalogue(language)
        if any(placeholders(text) not in (placeholders(entry.text), placeholders(entry.plural or "")) for text in entry.translations)
    ]
    assert wrong == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_compiled_catalogue_is_that_of_the_readable_one(language):
    with (ROOT / "locale" / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog

    expected = {}
    for entry in catalogue(language):
        if entry.plural is None:
            expected[entry.key] = entry.translations[0]
        else:
            expected |= {(entry.key, number): text for number, text in enumerate(entry.translations)}
    assert {key: text for key, text in compiled.items() if key} == expected


def test_the_languages_of_the_product_have_catalogues():
    assert set(TRANSLATED) == {path.name for path in (ROOT / "locale").iterdir() if path.is_dir()}
