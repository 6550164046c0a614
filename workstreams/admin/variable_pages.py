"""*Context variables* of a workstream: the list with a form for another one."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from workstreams.access import require_administrator, workstream_to_configure
from workstreams.models import VariableKind
from workstreams.variables import InUse, declare_variable, delete_variable, used_variables

from .pages import ConsoleForm, radio_buttons, sent_data, show_page, text_input
from .workstream_pages import workstream_crumbs


class VariableForm(ConsoleForm):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        help_text=gettext_lazy("Letters, digits and the underscore. Capital letters count."),
        widget=text_input(spellcheck="false", autocapitalize="off"),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Type"), choices=VariableKind.choices, initial=VariableKind.TEXT, widget=radio_buttons())


@require_http_methods(["GET", "HEAD", "POST"])
def variables(request: HttpRequest, public_id: str) -> HttpResponse:
    """Every variable with whether rules use it; sent, the form declares another one."""
    workstream = workstream_to_configure(request.user, public_id)
    form = VariableForm(sent_data(request))
    if request.method == "POST" and form.is_valid():
        try:
            declare_variable(actor=require_administrator(request.user), workstream=workstream, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("admin:context_variables", workstream.public_id)
    used = used_variables(workstream)
    rows = [(variable, variable.name in used) for variable in workstream.context_variables.all()]
    title = _("Context variables")
    crumbs = workstream_crumbs(workstream, title)
    context = {"workstream": workstream, "rows": rows, "form": form}
    return show_page(request, "admin/console/context_variables.html", title=title, crumbs=crumbs, **context)


@require_POST
def delete(request: HttpRequest, public_id: str, name: str) -> HttpResponse:
    """Refused while the rules use it."""
    workstream = workstream_to_configure(request.user, public_id)
    variable = get_object_or_404(workstream.context_variables, name=name)
    try:
        delete_variable(actor=require_administrator(request.user), variable=variable)
    except InUse as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("“%(name)s” is deleted.") % {"name": name})
    return redirect("admin:context_variables", workstream.public_id)
