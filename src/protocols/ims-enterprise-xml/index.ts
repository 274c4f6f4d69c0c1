export { readGroup, writeGroup } from './group.ts';
export { type ReadMember, readMember, writeMember, writeMembership } from './membership.ts';
export { type ReadRecord, readPerson, writePerson } from './person.ts';
export { makeImsEnterpriseXmlReader, type ReaderSettings } from './reader.ts';
export { noticeOfProblem } from './status.ts';
export { makeImsEnterpriseXmlExporter } from './write/exporter.ts';
