"""Python zeep: makes the calls of the scenario on stdin (JSON) and prints `{"operation": "ok" or what was wrong}`.

Arguments: address of the SOAP mount, user, password, tag, `wsdl` or `singleWsdl`, and `combined` (one endpoint) or
`apart` (one endpoint for each port type). The calls are made through the types that zeep reads from the WSDL.
"""

import json
import sys
from datetime import date, datetime

from zeep import Client, Settings, xsd
from zeep.helpers import serialize_object
from zeep.wsse.username import UsernameToken

soap, user, password, tag, query, mode = sys.argv[1:7]


def endpoint(name):
    return Client(f"{soap}/{name}?{query}", wsse=UsernameToken(user, password), settings=Settings(strict=True))


def proxies():
    """The service proxy of each operation."""
    combined = endpoint("ImsEnterpriseServicesPort")
    found = {}
    for service in combined.wsdl.services.values():
        for port in service.ports.values():
            client, path = combined, service.name
            if mode == "apart":
                path = port.name.removeprefix("BasicHttpBinding_")
                client = endpoint(path)
            proxy = client.bind(path, port.name)
            found.update({operation: proxy for operation in port.binding._operations})
    return found


def filled(value, saved):
    """A request as zeep takes it: saved texts in place, nil for null."""
    if value is None:
        return xsd.Nil
    if isinstance(value, list):
        return [filled(each, saved) for each in value]
    if isinstance(value, dict):
        return saved[value["$saved"]] if "$saved" in value else {k: filled(v, saved) for k, v in value.items()}
    return value


def wrong(pattern, value, saved, at):
    """What of the answer does not match the pattern; None when all does."""
    if isinstance(pattern, list):
        if not isinstance(value, list) or len(value) != len(pattern):
            return f"{at}: {len(pattern)} items wanted, got {value}"
        parts = enumerate(zip(pattern, value))
        return next(filter(None, (wrong(p, v, saved, f"{at}[{i}]") for i, (p, v) in parts)), None)
    if not isinstance(pattern, dict):
        seen = value.isoformat() if isinstance(value, (date, datetime)) else value
        return None if seen == pattern and type(seen) is type(pattern) else f"{at}: {pattern!r} wanted, got {value!r}"
    if "$text" in pattern:
        saved[pattern["$text"]] = value
        return None if isinstance(value, str) and value else f"{at}: a text wanted, got {value!r}"
    if "$saved" in pattern:
        return wrong(saved[pattern["$saved"]], value, saved, at)
    if "$atLeast" in pattern:
        return None if isinstance(value, int) and value >= pattern["$atLeast"] else f"{at}: too low: {value!r}"
    if "$count" in pattern:
        return None if isinstance(value, list) and len(value) == pattern["$count"] else f"{at}: wrong count in {value}"
    if "$inAnyOrder" in pattern:
        wanted, rest = pattern["$inAnyOrder"], list(value or [])
        if len(wanted) != len(rest):
            return f"{at}: {len(wanted)} items wanted, got {value}"
        for each in wanted:
            match = next((item for item in rest if wrong(each, item, saved, at) is None), None)
            if match is None:
                return f"{at}: no item like {each}"
            rest.remove(match)
        return None
    if not isinstance(value, dict):
        return None if value is None and all(p is None for p in pattern.values()) else f"{at}: missing"
    return next(filter(None, (wrong(p, value.get(k), saved, f"{at}.{k}") for k, p in pattern.items())), None)


def play(steps):
    results, saved, known = {}, {}, proxies()
    for step in steps:
        try:
            header = {"syncRequestHeaderInfo": {"messageIdentifier": tag}}
            request = filled(step["request"], saved)
            answer = serialize_object(known[step["operation"]][step["operation"]](**request, _soapheaders=header), dict)
            problem = wrong(step["header"], answer["header"]["syncResponseHeaderInfo"], saved, "header") or wrong(
                step["body"], answer["body"], saved, "body"
            )
        except Exception as error:  # What a client cannot do is a finding, not the end of the run.
            problem = f"{type(error).__name__}: {error}"
        for operation in step["judges"]:
            if results.setdefault(operation, "ok") == "ok" and problem is not None:
                results[operation] = f"{step['operation']}: {problem}"
    return results


print(json.dumps(play(json.load(sys.stdin))))
