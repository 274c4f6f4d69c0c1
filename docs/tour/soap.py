"""Writes and reads a person, a group and a membership over SOAP, as a student information system does."""

import os

from zeep import Client
from zeep.wsse.username import UsernameToken

BASE = os.environ.get("ROSTERGATE_URL", "http://localhost:3000") + "/soap"
LOGIN = UsernameToken(os.environ.get("BOOTSTRAP_USER", "sis"), os.environ.get("BOOTSTRAP_PASSWORD", "tour-secret"))


def service(name):
    return Client(f"{BASE}/{name}?wsdl", wsse=LOGIN).service


def sourced(identifier):
    return {"identifier": identifier}


def person(given, family, email):
    return {
        "name": {
            "partName": [
                {"namePartType": "First", "namePartValue": given},
                {"namePartType": "Last", "namePartValue": family},
            ]
        },
        "email": email,
        "institutionRole": [{"institutionRoleType": "Student", "primaryRoleType": True}],
    }


def show(operation, answer):
    info = answer.header.syncResponseHeaderInfo
    status = info.statusInfo or info.statusInfoSet.statusInfo[0]
    print(f"{operation:<26}{status.codeMajor}")
    return answer.body


persons = service("PersonManagementServiceSync")
groups = service("GroupManagementServiceSync")
memberships = service("MembershipManagementServiceSync")

show("createPerson", persons.createPerson(sourced("soap-dee"), person("Dee", "Holm", "dee@birch.example")))
show("createPerson", persons.createPerson(sourced("soap-eli"), person("Eli", "Sund", "eli@birch.example")))
show("updatePerson", persons.updatePerson(sourced("soap-dee"), person("Dee", "Holm-Berg", "dee@birch.example")))
read = show("readPerson", persons.readPerson(sourced("soap-dee")))
print("  " + " ".join(part.namePartValue for part in read.person.name.partName), read.person.email)
show("replacePerson", persons.replacePerson(sourced("soap-dee"), person("Dee", "Berg", "dee.berg@birch.example")))

choir = {
    "groupType": {"scheme": "ItslearningOrganisationTypes", "typeValue": [{"type": "CourseGroup", "level": "4"}]},
    "description": {"descShort": "Choir"},
}
show("createGroup", groups.createGroup(sourced("soap-choir"), choir))
show("updateGroup", groups.updateGroup(sourced("soap-choir"), {"description": {"descShort": "Chamber choir"}}))
print("  " + show("readGroup", groups.readGroup(sourced("soap-choir"))).group.description.descShort)
show("replaceGroup", groups.replaceGroup(sourced("soap-choir"), choir))

sings = {
    "groupSourcedId": sourced("soap-choir"),
    "member": {"memberSourcedId": sourced("soap-dee"), "idType": "Person", "role": [{"roleType": "Learner"}]},
}
show("createMembership", memberships.createMembership(sourced("soap-dee-choir"), sings))
leads = {**sings, "member": {**sings["member"], "role": [{"roleType": "Instructor"}]}}
show("updateMembership", memberships.updateMembership(sourced("soap-dee-choir"), leads))
found = show("readMembershipsForPerson", memberships.readMembershipsForPerson(sourced("soap-dee")))
for pair in found.membershipIDPairSet.membershipIdPair:
    print("  " + pair.sourcedId.identifier, pair.membership.member.role[0].roleType)
show("deletePerson", persons.deletePerson(sourced("soap-eli")))
