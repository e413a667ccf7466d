"""What schemathesis is told beside the served description, so that it gets far enough to find something.

Nothing here keeps a finding back but `filter_failure`, which says why.
"""

import json
import os

import schemathesis
from hypothesis import strategies as st

# What exists on the server under test: the chain that it follows, a subscriber with events, cursors of its events.
known = {
    "chain": ["ethereum", "eip155:1"],
    "subscriber": ["filled"],
    "cursor": json.loads(os.environ["TXTRAIL_FUZZ_CURSORS"]),
}

for name, values in known.items():
    schemathesis.openapi.format(f"known-{name}", st.sampled_from(values))


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Names what must exist on the server as a format, so that values are drawn from what does."""
    schemas = raw_schema["components"]["schemas"]
    fields = [schemas["TrackRequest"]["properties"]]
    for methods in raw_schema["paths"].values():
        for operation in methods.values():
            fields.append({one["name"]: one["schema"] for one in operation.get("parameters", [])})
    for properties in fields:
        for name in ("chain", "cursor"):
            if name in properties:
                properties[name]["format"] = f"known-{name}"
    acknowledged = schemas["AcknowledgeRequest"]["properties"]
    for name in ("subscriber", "cursor"):
        acknowledged[name]["format"] = f"known-{name}"


@schemathesis.hook
def map_query(context, query):
    """A long poll may wait 30 seconds for nothing; that it ends is seen as well after one."""
    if query and str(query.get("wait", "")).isdigit() and 1 < int(query["wait"]) <= 30:
        return {**query, "wait": 1}
    return query


# Mistakes that lie between fields, or between a field and what the server knows: JSON Schema cannot say them.
CODES_BEYOND_SCHEMAS = {
    "unknown_chain",  # a chain that is not configured here
    "invalid_cursor",  # a cursor that was not signed here, or for another reader
    "ack_beyond_sent",  # a cursor that was not sent yet
    "invalid_raw_transaction",  # bytes that are no signed transaction
}
PATHS_BEYOND_SCHEMAS = {
    "/thresholds",  # each below the required confirmations
    "/metadata",  # so many bytes when it is written as JSON
}


@schemathesis.hook
def filter_failure(context, failure, case, response):
    return type(failure).__name__ != "RejectedPositiveData" or not is_beyond_schemas(case, response)


def is_beyond_schemas(case, response):
    """Whether a request that fits its schema was refused for what no schema can say."""
    if response.status_code == 400 and case.path == "/v1/ws":
        return True  # It was no WebSocket handshake, which is made of more than parameters.
    if response.status_code != 422:
        return False
    problem = response.json()
    if problem["code"] in CODES_BEYOND_SCHEMAS:
        return True
    paths = {"/" + error["path"].split("/")[1] for error in problem.get("errors", []) if error["path"] != ""}
    return len(paths) > 0 and paths <= PATHS_BEYOND_SCHEMAS
