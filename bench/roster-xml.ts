/** How much a generated roster holds. */
export interface RosterSize {
  readonly persons: number;
  /** Schools and classes together; at least two. */
  readonly groups: number;
  readonly memberships: number;
}

/** How a later file of the same roster differs from its first. */
export interface Later {
  /** When it was sent, as `properties/datetime` says. */
  readonly sent: string;
  /** Every so manieth person and membership has another value; 0 for none. */
  readonly changed: number;
}

const first: Later = { sent: '2026-11-24T03:00:00', changed: 0 };
const source = 'bench-sis';
const families = 'Andersen,Berg,Côté,Dahl,Eriksson,Fischer,García,Haugen,Ivanova,Jónsdóttir,Kowalski,Lund,Müller,Nagy';
const givens = 'Ada,Bjørn,Chloé,Daan,Elif,Finn,Greta,Hugo,Ines,Jonas,Kaja,Liam,Mona,Noor,Oskar,Pia,Quentin,Rosa,Sofie';
const subjects = 'Mathematics,Norwegian,English,Physics,Chemistry,History,Music,Arts,Biology,Geography';
const [familyNames, givenNames, subjectNames] = [families, givens, subjects].map((list) => list.split(','));

/** Random numbers from 0 to below 1 that are the same in every run (mulberry32). */
function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const id = (text: string) => `<sourcedid><source>${source}</source><id>${text}</id></sourcedid>`;
const isTeacher = (person: number) => person % 16 === 0;
const pad = (value: number, digits: number) => String(value).padStart(digits, '0');

/** The identifier of a person of the generated roster, by its number from 0. */
export const personId = (person: number) => `person-${pad(person, 7)}`;

function personXml(person: number, random: () => number, changed: boolean): string {
  const pick = (names: readonly string[] | undefined) => names?.[Math.floor(random() * names.length)] ?? '';
  const [given, family] = [pick(givenNames), pick(familyNames)];
  const user = `user${pad(person, 7)}`;
  const born = isTeacher(person) ? 1960 + Math.floor(random() * 35) : 2006 + Math.floor(random() * 11);
  const birthday = `${born}-${pad(1 + Math.floor(random() * 12), 2)}-${pad(1 + Math.floor(random() * 28), 2)}`;
  const role = isTeacher(person) ? 'Faculty' : 'Student';
  return `<person>
 ${id(personId(person))}
 <userid useridtype="username">${user}</userid>
 <name><fn>${given} ${family}</fn><n><family>${family}</family><given>${given}</given></n></name>
 <demographics><gender>${1 + (person % 2)}</gender><bday>${birthday}</bday></demographics>
 <email>${user}@${changed ? 'annex' : 'school'}.example</email>
 <tel teltype="3">+47 ${40_000_000 + Math.floor(random() * 59_999_999)}</tel>
 <institutionrole primaryrole="Yes" institutionroletype="${role}"/>
</person>
`;
}

function schoolXml(school: number): string {
  return `<group>
 ${id(`school-${pad(school, 4)}`)}
 <grouptype><scheme>pifu-ims-go-org</scheme><typevalue level="2">skole</typevalue></grouptype>
 <description><short>School ${school}</short><long>Upper secondary school number ${school} &amp; annex</long></description>
 <org><orgname>Bench County</orgname></org>
</group>
`;
}

function classXml(group: number, school: number): string {
  const subject = subjectNames?.[group % subjectNames.length] ?? '';
  return `<group>
 ${id(`class-${pad(group, 6)}`)}
 <grouptype><scheme>pifu-ims-go-grp</scheme><typevalue level="1">undervisning</typevalue></grouptype>
 <description><short>${subject} ${group}</short><long>${subject}, group ${group}</long></description>
 <timeframe><begin restrict="0">2026-08-17</begin><end restrict="0">2027-06-19</end><adminperiod>2026/2027</adminperiod></timeframe>
 <relationship relation="1">${id(`school-${pad(school, 4)}`)}<label>school</label></relationship>
</group>
`;
}

function memberXml(person: number, changed: boolean): string {
  const role = isTeacher(person) ? '02' : '01';
  return ` <member>${id(personId(person))}<idtype>1</idtype><role roletype="${role}"><status>1</status><datetime>2026-08-${changed ? 18 : 17}</datetime></role></member>
`;
}

/** The parts of a number that so many take in turn: where each part begins and ends. */
function part(total: number, parts: number, which: number): { from: number; to: number } {
  return { from: Math.floor((total * which) / parts), to: Math.floor((total * (which + 1)) / parts) };
}

/** The members of one class: class after class takes the next persons of its school, around and around. */
function* classMembers(
  persons: { from: number; to: number },
  from: number,
  to: number,
  isChanged: (member: number) => boolean,
): Generator<string> {
  const count = persons.to - persons.from;
  for (let member = from; member < to; member += 1) {
    // Each time around, those who sit together are mixed anew.
    const round = Math.floor(member / count);
    yield memberXml(persons.from + ((member + round * 37) % count), isChanged(member));
  }
}

/**
 * A roster as IMS Enterprise 1.1 XML, in pieces: persons with an institution role, one school for each 200 groups, the
 * other groups classes below them with an adminperiod, and memberships: everybody is in classes of one school, evenly
 * many, and nobody is twice in a class.
 */
export function* rosterXml({ persons, groups, memberships }: RosterSize, later: Later = first): Generator<string> {
  const isChanged = (record: number) => later.changed > 0 && record % later.changed === 0;
  const random = makeRandom(20_261_124);
  const schools = Math.max(1, Math.floor(groups / 200));
  const all = Array.from({ length: schools }, (_, school) => ({
    persons: part(persons, schools, school),
    classes: part(groups - schools, schools, school),
    members: part(memberships, schools, school),
  }));
  yield `<?xml version="1.0" encoding="UTF-8"?>
<enterprise>
<properties lang="en"><datasource>${source}</datasource><type>full</type><datetime>${later.sent}</datetime></properties>
`;
  for (let person = 0; person < persons; person += 1) yield personXml(person, random, isChanged(person));
  for (let school = 0; school < schools; school += 1) yield schoolXml(school);
  for (const [school, { classes }] of all.entries()) {
    for (let group = classes.from; group < classes.to; group += 1) yield classXml(group, school);
  }
  for (const { persons: own, classes, members } of all) {
    const count = classes.to - classes.from;
    for (let group = 0; group < count; group += 1) {
      const { from, to } = part(members.to - members.from, count, group);
      yield `<membership>\n ${id(`class-${pad(classes.from + group, 6)}`)}\n`;
      yield* classMembers(own, from, to, isChanged);
      yield '</membership>\n';
    }
  }
  yield '</enterprise>\n';
}
