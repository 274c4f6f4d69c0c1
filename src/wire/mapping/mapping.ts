import { type Failed, failed, ok, type Result } from '../../base/result.ts';
import { type JsonPath, type MappingPlace, readJsonPath, valuesAtPath } from './path.ts';
import {
  type Apply,
  type MappedValue,
  type MappingStep,
  makeStep,
  mostCharacters,
  mostTexts,
  stepSchema,
} from './steps.ts';

/** Where a field comes from: paths of which all are taken, in this order, and what is done with what they lead to. */
export interface FieldMapping {
  readonly from?: string | readonly string[];
  readonly steps?: readonly MappingStep[];
}

/** What could not be done with a record: the text names no value of it. */
export interface MappingFault {
  readonly path: string;
  readonly text: string;
}

/** A field's mapping that is ready to work. */
export interface Mapped {
  readonly value: MappedValue;
  readonly faults: readonly MappingFault[];
}

const path = { type: 'string', minLength: 1, maxLength: 300 } as const;
const mostSteps = 20;
const mostPaths = 10;

/** The JSON Schema of a {@link FieldMapping}. */
export const fieldMappingSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    from: { type: ['string', 'array'], minLength: 1, maxLength: 300, minItems: 1, maxItems: mostPaths, items: path },
    steps: { type: 'array', maxItems: mostSteps, items: stepSchema },
  },
} as const;

/** Refuses what is wrong in a mapping. */
function wrong(field: string, text: string): Failed {
  return failed('invalid-request', text, { field });
}

/** Makes a field's mapping ready. Problem: invalid-request, with the place in the mapping. */
export function makeMapping({ from = [], steps = [] }: FieldMapping): Result<(place: MappingPlace) => Mapped> {
  const paths: JsonPath[] = [];
  for (const text of typeof from === 'string' ? [from] : from) {
    const found = readJsonPath(text);
    if (found === undefined) return wrong('from', `${text.slice(0, 80)} is no path.`);
    paths.push(found);
  }
  if (paths.length === 0 && !steps.some((step) => step.do === 'fixed' || step.do === 'present')) {
    return wrong('from', 'A field needs a path, or a step that is fixed or present.');
  }
  const applies: Apply[] = [];
  for (const [index, step] of steps.entries()) {
    const apply = makeStep(step);
    if (typeof apply === 'string') return wrong(`steps.${index}`, `The step ${step.do} ${apply}.`);
    applies.push(apply);
  }
  const shown = paths.map(({ text }) => text).join(', ');
  return ok((place) => {
    const faults: MappingFault[] = [];
    const tell = (text: string) => faults.push({ path: shown, text });
    let value = bounded(sourceOf(paths, place, tell), tell);
    for (const apply of applies) {
      const made = apply(value, place);
      if (made.fault !== undefined) tell(`It ${made.fault}; it is left as it is.`);
      value = bounded(made.value, tell);
    }
    return { value, faults };
  });
}

/** What the paths lead to: one text, or all of them. */
function sourceOf(paths: readonly JsonPath[], place: MappingPlace, tell: (text: string) => void): MappedValue {
  const texts: string[] = [];
  let isList = paths.length > 1;
  for (const one of paths) {
    const found = valuesAtPath(one, place);
    isList ||= found.length > 1;
    for (const value of found) {
      isList ||= Array.isArray(value);
      for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) {
        if (typeof item === 'string') texts.push(item);
        else if (typeof item === 'number' || typeof item === 'boolean') texts.push(String(item));
        else if (item !== null) tell('It leads to an object or a list of lists where a text is needed.');
      }
    }
  }
  if (texts.length === 0) return undefined;
  return isList ? texts : texts[0];
}

/** A value within the limits. */
function bounded(value: MappedValue, tell: (text: string) => void): MappedValue {
  if (value === undefined) return value;
  const list = typeof value === 'string' ? [value] : value;
  const isLong = list.some((text) => text.length > mostCharacters);
  if (!isLong && list.length <= mostTexts) return value;
  tell(
    isLong
      ? `It is longer than ${mostCharacters} characters; the rest is left out.`
      : `It has more than ${mostTexts} texts; the rest is left out.`,
  );
  const cut = list.slice(0, mostTexts).map((text) => text.slice(0, mostCharacters));
  return typeof value === 'string' ? cut[0] : cut;
}

/** A value as one text: lists with commas between, commas in their texts as semicolons. */
export function mappedText(value: MappedValue): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  const texts = value.filter((text) => text !== '');
  return texts.length === 0 ? undefined : texts.map((text) => text.replaceAll(',', ';')).join(',');
}
