/** Python code in an exported dlt file, for features that dlt's own settings lack. */

/** A part, and the parts that it needs, which come first. */
export interface Part {
  readonly text: string;
  /** The imports that it needs. */
  readonly imports: readonly string[];
  readonly needs: readonly PartName[];
}

/** The parts of an exported file, in their order. */
export type PartName =
  | 'secret'
  | 'login'
  | 'list_at'
  | 'typed'
  | 'milliseconds'
  | 'Onward'
  | 'Keyset'
  | 'NextPage'
  | 'Pages'
  | 'Offsets'
  | 'HeaderLinks'
  | 'JsonLinks';

const PAGINATORS = 'from dlt.sources.helpers.rest_client.paginators import';

/** The parts. */
export const PARTS: Readonly<Record<PartName, Part>> = {
  secret: {
    imports: ['import os'],
    needs: [],
    text: `def secret(variable):
    """Return the value of an environment variable: this file holds no secrets."""
    value = os.environ.get(variable, "")
    if value == "":
        raise SystemExit(f"Set {variable} first.")
    return value
`,
  },

  login: {
    imports: ['from dlt.sources.helpers import requests'],
    needs: ['secret'],
    text: `def login(url, body, token_path, body_as="json", headers=None):
    """Log in and return the token, once at the start of a run."""
    answer = requests.post(url, headers=headers, **{"data" if body_as == "form" else "json": body})
    answer.raise_for_status()
    token = answer.json()
    for name in token_path.split("."):
        token = token[name]
    return token
`,
  },

  list_at: {
    imports: [],
    needs: [],
    text: `def list_at(*path):
    """Raise an error for an answer without its list, which dlt would read as an empty list."""

    def check(response, *args, **kwargs):
        if not response.ok:
            return
        value = response.json()
        for name in path:
            if isinstance(value, list):
                value = value[int(name)] if name.isdigit() and int(name) < len(value) else None
            else:
                value = value.get(name) if isinstance(value, dict) else None
        if not isinstance(value, list):
            address = response.url.split("?")[0]
            raise ValueError(f"{address} returned no list at {'.'.join(path) or 'the top'}.")

    return check
`,
  },

  typed: {
    imports: ['import json', 'from datetime import datetime, timedelta, timezone'],
    needs: [],
    text: `def typed(times=(), dates=(), documents=(), excluded=(), renamed=None):
    """Convert each value to the type of its column."""
    epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)

    def convert(name, value):
        # Xano sends timestamps as epoch milliseconds; dlt would take them for seconds.
        if name in times and isinstance(value, int):
            return epoch + timedelta(milliseconds=value)
        # Xano sends an unset date as an empty text.
        if name in dates and value == "":
            return None
        # dlt stores JSON that is neither an object nor a list from its text, and undoes the first of two dumps.
        if name in documents and value is not None and not isinstance(value, (dict, list)):
            return json.dumps(json.dumps(value))
        # dlt cannot write a NUL: the symbol for NUL replaces it.
        return value.replace("\\0", "\\u2400") if isinstance(value, str) else value

    def step(record):
        return {
            (renamed or {}).get(name, name): convert(name, value)
            for name, value in record.items()
            if name not in excluded
        }

    return step
`,
  },

  milliseconds: {
    imports: [],
    needs: [],
    text: `def milliseconds(time):
    """Return a time as Xano compares it; None before the first load."""
    return None if time is None else round(time.timestamp() * 1000)
`,
  },

  Onward: {
    imports: [],
    needs: [],
    text: `class Onward:
    """Stop when the server returns the same page twice in a row."""

    def init_request(self, request):
        self.page = None
        super().init_request(request)

    def update_state(self, response, data=None):
        if data and data == self.page:
            raise ValueError(f"{response.url.split('?')[0]} returned the same page twice.")
        self.page = data
        super().update_state(response, data)
`,
  },

  Keyset: {
    imports: [`${PAGINATORS} BasePaginator`],
    needs: [],
    text: `class Keyset(BasePaginator):
    """Request the rows after the last key, so that concurrent inserts and deletes shift nothing."""

    def __init__(self, key, after, conditions, total=None, next_page=None):
        super().__init__()
        self.key, self.after, self.conditions = key, after, conditions
        self.total, self.next_page = total, next_page

    def init_request(self, request):
        self._has_next_page = True
        self.last = None
        # dlt puts the conditions of an incremental load into the parameters; this server reads them in the body.
        given = request.params or {}
        self.since = [{name: given[name]} for name in given if "|" in name and given[name] is not None]
        request.params = {name: given[name] for name in given if "|" not in name}
        self.update_request(request)

    def update_state(self, response, data=None):
        keys = ([] if self.last is None else [self.last]) + [record[self.key] for record in data]
        if any(one >= other for one, other in zip(keys, keys[1:])):
            address = response.url.split("?")[0]
            raise ValueError(f"{address} returned records that are not in the order of {self.key}.")
        self.last = keys[-1] if keys else None
        answer = response.json()
        total = answer.get(self.total)
        counted = isinstance(total, int)
        # The total counts only the rows still to come. A short page proves nothing; an empty page ends the list.
        more = (counted and total > len(data)) or answer.get(self.next_page, not counted)
        self._has_next_page = bool(data and more)

    def update_request(self, request):
        rest = [] if self.last is None else [{self.after: self.last}]
        body = {name: value for name, value in (request.json or {}).items() if name != self.conditions}
        request.json = {**body, **({self.conditions: self.since + rest} if self.since + rest else {})}
`,
  },

  NextPage: {
    imports: [`${PAGINATORS} JSONResponseCursorPaginator`],
    needs: ['Onward'],
    text: `class NextPage(Onward, JSONResponseCursorPaginator):
    """The answer names the next page; null ends the list."""
`,
  },

  Pages: {
    imports: [`${PAGINATORS} PageNumberPaginator`],
    needs: ['Onward'],
    text: `class Pages(Onward, PageNumberPaginator):
    """Read page by page until an empty page: nothing else marks the end of the list."""
`,
  },

  Offsets: {
    imports: [`${PAGINATORS} OffsetPaginator`],
    needs: ['Onward'],
    text: `class Offsets(Onward, OffsetPaginator):
    """Advance by the rows that arrived, not by the rows requested: the server may cap its pages."""

    def update_state(self, response, data=None):
        self.value_step = len(data or [])
        super().update_state(response, data)
`,
  },

  HeaderLinks: {
    imports: [`${PAGINATORS} HeaderLinkPaginator`],
    needs: ['Onward'],
    text: `class HeaderLinks(Onward, HeaderLinkPaginator):
    """The Link header holds the address of the next page."""
`,
  },

  JsonLinks: {
    imports: [`${PAGINATORS} JSONLinkPaginator`],
    needs: ['Onward'],
    text: `class JsonLinks(Onward, JSONLinkPaginator):
    """The answer holds the address of the next page."""
`,
  },
};
