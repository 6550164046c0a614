"""The rule editor as a browser without scripts uses it: what the page's form holds is sent with each button."""

from tests.smoke.browser import forms_of


class Editor:
    """`page` is what is shown; `fields` what the form would send."""

    def __init__(self, client, address):
        self.client, self.address = client, address
        self.show(client.get(address))

    def show(self, answer):
        assert answer.status_code == 200
        self.answer, self.page = answer, answer.content.decode()
        form = next(form for form in forms_of(self.page) if "draft" in form.names())
        self.address, self.buttons = form.action, form.buttons
        self.fields = {}
        for name, value in form.fields:
            self.fields.setdefault(name, []).append(value)

    def fill(self, **values):
        """Type into fields; dots and hyphens of a name are written as they are: `fill(**{"when.0-value": "返品"})`."""
        for name, value in values.items():
            self.fields[name] = value if isinstance(value, list) else [value]
        return self

    def press(self, command, *, address=""):
        """Press the button with this command, which must be there."""
        assert ("do", command) in {(name, value) for name, value, _words in self.buttons}, command
        self.show(self.client.post(address or self.address, self.fields | {"do": command}))
        return self

    def publish(self, **extra):
        """Press *Publish*; returns the answer."""
        return self.client.post(self.address, self.fields | {"publish": ""}, **extra)

    @property
    def draft(self):
        return self.answer.context["draft"]

    @property
    def routes(self):
        return self.draft.content["routes"]
