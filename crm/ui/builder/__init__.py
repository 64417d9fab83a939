"""The filter builder: conditions in AND and OR groups, as a form and back. Reusable wherever a filter is written.

To embed it in any form (a list's filter, a rule, a webhook, a role's rows):

1. give the template `builder_of(resource, tree, actor)` as `builder`, and `{% include "ui/filter/builder.html" %}`
   inside your `<form>`; it draws itself anew by HTMX (route `ui:builder`) when a field, operation or group changes;
2. when your form comes back, `tree_of(resource, request.POST)` is the tree of the filter language (None: no
   condition), ready for `where_of_tree`, which judges it. What a form cannot show (a `not`, deeper links) is carried
   along unchanged.

Controls are named `w-<number>-<what>`: `in` is the group it stands in; a group has `join`, a condition `field`, `op`,
`value`, `until`; `kept` is a condition written by a program.
"""

from crm.ui.builder.drawing import Builder, builder_of, changed
from crm.ui.builder.saying import tree_of

__all__ = ["Builder", "builder_of", "changed", "tree_of"]
