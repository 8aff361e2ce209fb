"""What the service says of itself beside the requests: warnings and errors, on standard error."""

import json
import logging
import sys
from datetime import UTC, datetime

from service.observing import request_id


class JsonLines(logging.Formatter):
    """One JSON object a line, with the request that met the error, and the traceback inside."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said = {
            "time": when.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id.get():
            said["request"] = request_id.get()
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


def is_json(log_format: str) -> bool:
    """Whether lines are JSON; `auto` leaves text to terminals."""
    return log_format == "json" or (log_format == "auto" and not sys.stdout.isatty())


def configure(log_format: str) -> None:
    """Let warnings and errors, uvicorn's too, go to standard error in this format.

    What the service says of its own course goes there too.
    """
    handler = logging.StreamHandler()
    if is_json(log_format):
        handler.setFormatter(JsonLines())
    else:
        handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("glocal.service").setLevel(logging.INFO)
