"""Drives the WSDL of a gateway with Python zeep and prints what it saw as one line of JSON.

Arguments: address of the SOAP mount, user, password, and `wsdl` or `singleWsdl`.
"""

import json
import sys

from zeep import Client, Settings
from zeep.wsse.username import UsernameToken

soap, user, password, query = sys.argv[1:5]


def service(path, port):
    client = Client(
        f"{soap}/{path}?{query}",
        wsse=UsernameToken(user, password),
        settings=Settings(strict=True, raw_response=False),
    )
    return client.bind(path, f"BasicHttpBinding_{port}")


def header(identifier):
    return {"syncRequestHeaderInfo": {"messageIdentifier": identifier}}


def status(answer):
    info = answer.header.syncResponseHeaderInfo
    found = [info.statusInfo] if info.statusInfoSet is None else info.statusInfoSet.statusInfo
    return [info.messageIdentifier] + [each.codeMajor for each in found]


def sourced(identifier):
    return {"identifier": identifier}


def person(first, last, email=None):
    parts = [
        {"namePartType": "First", "namePartValue": first},
        {"namePartType": "Last", "namePartValue": last},
    ]
    return {
        "name": {"partName": parts},
        "email": email,
        "institutionRole": [{"institutionRoleType": "Student", "primaryRoleType": True}],
    }


def names(answer):
    return [part.namePartValue for part in answer.body.person.name.partName]


def drive(persons, groups, memberships, tag):
    p1, p2, g1, m1 = (f"{tag}-{each}" for each in ("p1", "p2", "g1", "m1"))
    seen = {}
    head = header("zeep-1")
    ada = person("Ada", "Ek", "ada@example.org")
    seen["createPerson"] = status(persons.createPerson(sourced(p1), ada, _soapheaders=head))
    seen["readPerson"] = names(persons.readPerson(sourced(p1), _soapheaders=head))
    persons.updatePerson(sourced(p1), person("Ada", "Berg"), _soapheaders=head)
    updated = persons.readPerson(sourced(p1), _soapheaders=head)
    seen["updatePerson"] = names(updated) + [updated.body.person.email]
    persons.replacePerson(sourced(p1), person("Ada", "Dal"), _soapheaders=head)
    replaced = persons.readPerson(sourced(p1), _soapheaders=head)
    seen["replacePerson"] = names(replaced) + [replaced.body.person.email]
    pairs = [{"sourcedId": sourced(p2), "person": person("Bo", "Al")}]
    created = persons.createPersons({"personIdPair": pairs}, _soapheaders=head)
    seen["createPersons"] = status(created)

    course = {
        "groupType": {"scheme": "ItslearningOrganisationTypes", "typeValue": [{"type": "Course"}]},
        "timeFrame": {"begin": {"date": "2026-08-17", "restrict": False}, "end": None},
        "description": {"descShort": "Mathematics"},
    }
    seen["createGroup"] = status(groups.createGroup(sourced(g1), course, _soapheaders=head))
    groups.updateGroup(sourced(g1), {"description": {"descShort": "Physics"}}, _soapheaders=head)
    group = groups.readGroup(sourced(g1), _soapheaders=head).body.group
    seen["updateGroup"] = [group.description.descShort, group.groupType.typeValue[0].type, str(group.timeFrame.begin.date)]
    seen["replaceGroup"] = status(groups.replaceGroup(sourced(g1), course, _soapheaders=head))

    member = {
        "groupSourcedId": sourced(g1),
        "member": {"memberSourcedId": sourced(p1), "role": [{"roleType": "Learner"}]},
    }
    seen["createMembership"] = status(memberships.createMembership(sourced(m1), member, _soapheaders=head))
    member["member"]["role"] = [{"roleType": "02", "status": True}]
    memberships.updateMembership(sourced(m1), member, _soapheaders=head)
    read = memberships.readMembership(sourced(m1), _soapheaders=head).body.membership
    seen["readMembership"] = [
        read.groupSourcedId.identifier == g1,
        read.member.memberSourcedId.identifier == p1,
        read.member.role[0].roleType,
        read.member.role[0].status,
    ]
    seen["replaceMembership"] = status(memberships.replaceMembership(sourced(m1), member, _soapheaders=head))
    for_person = memberships.readMembershipsForPerson(sourced(p1), _soapheaders=head)
    for_group = memberships.readMembershipsForGroup(sourced(g1), _soapheaders=head)
    seen["readMembershipsFor"] = [
        pair.sourcedId.identifier == m1
        for answer in (for_person, for_group)
        for pair in answer.body.membershipIDPairSet.membershipIdPair
    ]

    seen["deleteMembership"] = status(memberships.deleteMembership(sourced(m1), _soapheaders=head))
    seen["deleteGroup"] = status(groups.deleteGroup(sourced(g1), _soapheaders=head))
    seen["deletePerson"] = status(persons.deletePerson(sourced(p1), _soapheaders=head))
    gone = persons.deletePersons({"identifier": [p2, p1]}, _soapheaders=head)
    seen["deletePersons"] = status(gone)
    seen["gone"] = status(persons.readPerson(sourced(p1), _soapheaders=head))
    return seen


combined = "ImsEnterpriseServicesPort"
ports = ["PersonManagementServiceSync", "GroupManagementServiceSync", "MembershipManagementServiceSync"]
report = {
    "apart": drive(*[service(port, port) for port in ports], f"{query}-apart"),
    "combined": drive(*[service(combined, port) for port in ports], f"{query}-combined"),
}
print(json.dumps(report))
