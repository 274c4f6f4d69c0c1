"""Reads a person with Python zeep, logged in by PasswordDigest; prints the status or the fault.

Arguments: address of the SOAP mount, user, password.
"""

import sys

from zeep import Client
from zeep.exceptions import Fault
from zeep.wsse.username import UsernameToken

soap, user, password = sys.argv[1:4]
client = Client(
    f"{soap}/PersonManagementServiceSync?wsdl",
    wsse=UsernameToken(user, password, use_digest=True),
)
service = client.bind("PersonManagementServiceSync", "BasicHttpBinding_PersonManagementServiceSync")
try:
    answer = service.readPerson({"identifier": "nobody"}, _soapheaders={"syncRequestHeaderInfo": {"messageIdentifier": "1"}})
    print(answer.header.syncResponseHeaderInfo.statusInfo.codeMajor)
except Fault as fault:
    print(fault.message)
