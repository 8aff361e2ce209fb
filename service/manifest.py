"""What the reconciliation service can do, for clients that ask it first."""

from typing import Any, Final

from kg.namespaces import GLOCAL, ID
from service.served import Served

_DEFAULT_TYPES: Final = 12
_PREVIEW: Final = {"width": 400, "height": 220}
_SETTINGS: Final = [
    {
        "name": "language",
        "label": "Language of texts",
        "type": "select",
        "default": "any",
        "help_text": "Leave out texts in the other language.",
        "choices": [
            {"value": "any", "name": "Both"},
            {"value": "en", "name": "English"},
            {"value": "zh", "name": "中文"},
        ],
    },
    {
        "name": "limit",
        "label": "Limit",
        "type": "number",
        "default": 0,
        "help_text": "How many values at most; 0 for all.",
    },
]


def manifest(here: Served, base: str, *, batch_size: int) -> dict[str, Any]:
    """The manifest, with addresses below this one.

    Source: Reconciliation Service API v0.2, section "Service Manifest".
    """
    types = list(here.reconciler.vocabulary.types.values())[:_DEFAULT_TYPES]
    return {
        "versions": ["0.2"],
        "name": "Glocal: global cities and global governance",
        "identifierSpace": str(ID),
        "schemaSpace": str(GLOCAL),
        "defaultTypes": [{"id": one.identifier, "name": one.name} for one in types],
        "documentation": f"{base}/",
        "serviceVersion": here.service_version,
        "batchSize": batch_size,
        "view": {"url": f"{base}/id/{{{{id}}}}"},
        "preview": {"url": f"{base}/reconcile/preview?id={{{{id}}}}", **_PREVIEW},
        "suggest": {
            kind: {
                "service_url": base,
                "service_path": f"/reconcile/suggest/{kind}",
                "flyout_service_url": base,
                "flyout_service_path": f"/reconcile/flyout/{kind}?id=${{id}}",
            }
            for kind in ("entity", "type", "property")
        },
        "extend": {
            "propose_properties": {"service_url": base, "service_path": "/reconcile/properties"},
            "property_settings": _SETTINGS,
        },
    }
