"""The addresses of the pages. Fixed ones first; then those of every noun, by its slug."""

from django.urls import path, register_converter
from django.views.i18n import JavaScriptCatalog

from crm.ui.addresses import ResourceConverter
from crm.ui.views import accounts, exports, forms, home, imports, lists, palette, recommendations, records, settings

register_converter(ResourceConverter, "resource")
app_name = "ui"
urlpatterns = [
    path("", home.home, name="home"),
    path("call-first/", home.call_first, name="call-first"),
    path("models/", home.models, name="models"),
    path("palette/", palette.palette, name="palette"),
    path("shortcuts/", palette.shortcuts, name="shortcuts"),
    path("choose/<str:label>/", palette.choose, name="choose"),
    path("words.js", JavaScriptCatalog.as_view(packages=["crm.ui"]), name="words"),
    path("language/", accounts.language, name="language"),
    path("log-in/", accounts.log_in, name="log-in"),
    path("log-out/", accounts.log_out, name="log-out"),
    path("password/", accounts.password_forgotten, name="password-forgotten"),
    path("password/<str:token>/", accounts.password_reset, name="password-reset"),
    path("invitation/<str:token>/", accounts.invitation_accept, name="invitation"),
    path("imports/", imports.history, name="imports"),
    path("imports/new/", imports.new, name="import-new"),
    path("imports/<uuid:job_id>/", imports.job, name="import"),
    path("imports/<uuid:job_id>/problems/", imports.problems, name="import-problems"),
    path("imports/<uuid:job_id>/undo/", imports.undo, name="import-undo"),
    path("exports/", exports.history, name="exports"),
    path("exports/<uuid:export_id>/", exports.job, name="export"),
    path("exports/<uuid:export_id>/file/", exports.file, name="export-file"),
    path("exports/<uuid:export_id>/cancel/", exports.cancel, name="export-cancel"),
    path("settings/", settings.profile, name="settings"),
    path("settings/people/", settings.people, name="people"),
    path("settings/people/<uuid:user_id>/", settings.person, name="person"),
    path("settings/keys/", settings.keys, name="keys"),
    path("settings/keys/<uuid:key_id>/revoke/", settings.key_revoke, name="key-revoke"),
    path("settings/sample/", settings.sample, name="sample"),
    path("<resource:resource>/", lists.record_list, name="list"),
    path("<resource:resource>/count/", lists.count, name="count"),
    path("<resource:resource>/columns/", lists.columns, name="columns"),
    path("<resource:resource>/filter/", lists.filter_add, name="filter"),
    path("<resource:resource>/export/", exports.new, name="export-new"),
    path("<resource:resource>/delete/", lists.bulk_delete, name="bulk-delete"),
    path("<resource:resource>/restore/", lists.restore, name="restore"),
    path("<resource:resource>/new/", forms.create, name="new"),
    path("<resource:resource>/<uuid:record_id>/", records.record, name="record"),
    path("<resource:resource>/<uuid:record_id>/edit/", forms.edit, name="edit"),
    path("<resource:resource>/<uuid:record_id>/delete/", forms.delete, name="delete"),
    path("<resource:resource>/<uuid:record_id>/tab/<slug:tab>/", records.tab, name="tab"),
    path("<resource:resource>/<uuid:record_id>/note/", records.compose, name="compose"),
    path("<resource:resource>/<uuid:record_id>/field/<slug:name>/", forms.field, name="field"),
    path("<resource:resource>/<uuid:record_id>/feedback/", records.feedback, name="feedback"),
    path(
        "<resource:resource>/<uuid:record_id>/recommendations/<int:recommendation_id>/",
        recommendations.recommendation,
        name="recommendation",
    ),
    path("<resource:resource>/<uuid:record_id>/<slug:verb>/", forms.verb, name="verb"),
]
