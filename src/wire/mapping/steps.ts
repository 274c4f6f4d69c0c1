import { RE2JS } from 're2js';
import { dayOf, isDateFormat, schoolYearOf } from './dates.ts';
import { type JsonPath, type MappingPlace, readJsonPath, valuesAtPath } from './path.ts';

/** A value on its way into a field: a text, or several. */
export type MappedValue = string | readonly string[] | undefined;

/** One transform of the closed list; which members each has is said in `docs/rest-pull.md`. */
export interface MappingStep {
  readonly do: StepName;
  readonly text?: string;
  readonly before?: string;
  readonly after?: string;
  readonly with?: string;
  readonly at?: string;
  readonly index?: number;
  readonly start?: number;
  readonly length?: number;
  readonly table?: Readonly<Record<string, string>>;
  readonly other?: string | null;
  readonly format?: string;
  readonly addDays?: number;
  readonly begins?: number;
  readonly yes?: readonly string[];
  readonly no?: readonly string[];
  readonly pattern?: string;
  readonly group?: number;
}

/** What a step gives; `fault` says that it could not be applied, and then the value stays as it was. */
export interface Stepped {
  readonly value: MappedValue;
  readonly fault?: string;
}
/** A step that is ready to work. */
export type Apply = (value: MappedValue, place: MappingPlace) => Stepped;
type Member = Exclude<keyof MappingStep, 'do'>;

/** A transform: its members, the needed ones with `!`, and what it does; a text is why it cannot be made. */
interface Transform {
  readonly members: string;
  make(step: MappingStep): Apply | string;
}

/** Most characters of a text on its way, and most texts of a list. */
export const mostCharacters = 10_000;
/** Most texts of a list. */
export const mostTexts = 1_000;
const mostPattern = 500;

/** Applies to each text by itself; undefined: it cannot be applied. */
const each =
  (one: (text: string) => string | undefined, fault = ''): Apply =>
  (value) => {
    if (value === undefined) return { value };
    const list = typeof value === 'string' ? [value] : value;
    let bad: string | undefined;
    const done = list.map((text) => {
      const made = one(text);
      if (made === undefined && text !== '') bad ??= text;
      return made ?? text;
    });
    const changed = typeof value === 'string' ? (done[0] ?? '') : done;
    return bad === undefined ? { value: changed } : { value: changed, fault };
  };
const listOf = (value: MappedValue) => (value === undefined ? [] : typeof value === 'string' ? [value] : value);
const filled = (value: MappedValue) => listOf(value).filter((text) => text !== '');
const plain = (members: string, apply: Apply): Transform => ({ members, make: () => apply });

function patternOf({ pattern = '' }: MappingStep): RE2JS | string {
  if (pattern.length > mostPattern) return `has a pattern of more than ${mostPattern} characters`;
  try {
    return RE2JS.compile(pattern);
  } catch {
    return 'has a pattern that is no regular expression of RE2';
  }
}

const words = {
  yes: ['true', 'yes', 'y', '1', 'active', 'enabled'],
  no: ['false', 'no', 'n', '0', 'inactive', 'disabled'],
};

const transforms = {
  trim: plain(
    '',
    each((text) => text.trim()),
  ),
  lower: plain(
    '',
    each((text) => text.toLowerCase()),
  ),
  upper: plain(
    '',
    each((text) => text.toUpperCase()),
  ),
  nfc: plain(
    '',
    each((text) => text.normalize('NFC')),
  ),
  default: {
    members: 'text!',
    make:
      ({ text = '' }) =>
      (value) => ({ value: filled(value).length === 0 ? text : value }),
  },
  fixed: {
    members: 'text!',
    make:
      ({ text = '' }) =>
      () => ({ value: text }),
  },
  concat: {
    members: 'before after',
    make: ({ before = '', after = '' }) => each((text) => (text === '' ? text : `${before}${text}${after}`)),
  },
  join: {
    members: 'with!',
    make:
      ({ with: between = '' }) =>
      (value) => ({ value: filled(value).join(between) }),
  },
  split: {
    members: 'at! index',
    make({ at = '', index }) {
      if (at === '') return 'has an empty member at';
      return (value) => {
        const texts = listOf(value).flatMap((text) => text.split(at));
        return { value: index === undefined ? texts : texts.at(index) };
      };
    },
  },
  first: plain('', (value) => ({ value: filled(value)[0] })),
  unique: plain('', (value) => ({ value: [...new Set(filled(value))] })),
  substring: {
    members: 'start! length',
    make: ({ start = 0, length }) =>
      each((text) => {
        const signs = Array.from(text);
        const from = start < 0 ? Math.max(0, signs.length + start) : start;
        return signs.slice(from, length === undefined ? undefined : from + length).join('');
      }),
  },
  codes: {
    members: 'table! other',
    make({ table = {}, other }) {
      const known = new Map(Object.entries(table));
      const rest = other === null ? '' : other;
      return each((text) => known.get(text) ?? rest, 'is not in the table of codes');
    },
  },
  date: {
    members: 'format! addDays',
    make({ format = '', addDays = 0 }) {
      if (!isDateFormat(format)) return 'has a format that is none: use YYYY, MM, M, DD, D, or iso, unix, unix-ms';
      return each((text) => (text === '' ? text : dayOf(text, format, addDays)), `is no date as ${format}`);
    },
  },
  schoolYear: {
    members: 'begins',
    make: ({ begins = 8 }) => each((text) => (text === '' ? text : schoolYearOf(text, begins)), 'names no school year'),
  },
  boolean: {
    members: 'yes no',
    make({ yes = words.yes, no = words.no }) {
      const known = new Map([...no.map((text) => [text, 'false']), ...yes.map((text) => [text, 'true'])] as [
        string,
        string,
      ][]);
      return each((text) => known.get(text) ?? known.get(text.trim().toLowerCase()), 'is neither yes nor no');
    },
  },
  present: {
    members: 'table!',
    make({ table = {} }) {
      const ways: [JsonPath, string][] = [];
      for (const [way, text] of Object.entries(table)) {
        const path = readJsonPath(way);
        if (path === undefined) return `has the path ${way.slice(0, 80)}, which is none`;
        ways.push([path, text]);
      }
      return (_value, place) => ({
        value: ways.filter(([path]) => valuesAtPath(path, place).length > 0).map(([, text]) => text),
      });
    },
  },
  extract: {
    members: 'pattern! group',
    make(step) {
      const pattern = patternOf(step);
      if (typeof pattern === 'string') return pattern;
      const { group = 0 } = step;
      if (group > pattern.groupCount()) return 'names a group that its pattern has not';
      return each((text) => {
        const matcher = pattern.matcher(text);
        return matcher.find() ? (matcher.group(group) ?? '') : '';
      });
    },
  },
  replace: {
    members: 'pattern! with!',
    make(step) {
      const pattern = patternOf(step);
      if (typeof pattern === 'string') return pattern;
      // Its signs mean themselves: a replacement has no language of its own.
      const replacement = RE2JS.quoteReplacement(step.with ?? '');
      return each((text) => pattern.matcher(text).replaceAll(replacement));
    },
  },
} as const satisfies Record<string, Transform>;

/** Names of all transforms. */
export type StepName = keyof typeof transforms;
/** Names of all transforms. */
export const stepNames = Object.keys(transforms) as readonly StepName[];

const text = (maxLength: number) => ({ type: 'string', maxLength });
const integer = (minimum: number, maximum: number) => ({ type: 'integer', minimum, maximum });
const texts = { type: 'array', maxItems: 50, items: text(200) };

/** The JSON Schema of a step; which members belong to which is for {@link makeStep}. */
export const stepSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['do'],
  properties: {
    do: { enum: stepNames },
    text: text(1000),
    before: text(200),
    after: text(200),
    with: text(200),
    at: text(20),
    index: integer(-mostTexts, mostTexts),
    start: integer(-mostCharacters, mostCharacters),
    length: integer(0, mostCharacters),
    table: { type: 'object', maxProperties: 1000, additionalProperties: text(200) },
    other: { type: ['string', 'null'], maxLength: 200 },
    format: text(20),
    addDays: integer(-366, 366),
    begins: integer(1, 12),
    yes: texts,
    no: texts,
    pattern: text(mostPattern),
    group: integer(0, 20),
  },
} as const;

/** Makes a step ready; a text is what is wrong with it. */
export function makeStep(step: MappingStep): Apply | string {
  const { members, make }: Transform = transforms[step.do];
  const known = members.split(' ').filter((member) => member !== '');
  const names = known.map((member) => member.replace('!', ''));
  const strange = Object.keys(step).find((member) => member !== 'do' && !names.includes(member));
  if (strange !== undefined) return `has the member ${strange}, which is none of ${step.do}`;
  const missing = known.find((member) => member.endsWith('!') && step[member.slice(0, -1) as Member] === undefined);
  if (missing !== undefined) return `needs the member ${missing.slice(0, -1)}`;
  return make(step);
}
