import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { XmlDocument, XsdValidator } from 'libxml2-wasm';
import { type Problem, problem } from '../../base/problem.ts';
import { element, escapeText, type XmlElement, xsi } from '../../wire/index.ts';

/** Something in a request that the schemas do not allow. */
export interface SchemaFinding {
  /** The element that it is about, and those around it, from the request element on. */
  readonly path: readonly XmlElement[];
  problem(): Problem;
}

/** Checks a request element against the schemas of the services. */
export type SchemaCheck = (request: XmlElement) => readonly SchemaFinding[];

/** Elements in a request, and in one element, beyond which it is refused unchecked: the check counts siblings. */
const most = { elements: 100_000, children: 1_000 };

/** Base of the schemas' names for the validator, which never looks for files. */
const base = 'rostergate';

/**
 * Makes the check of requests against the XSD texts of `folder`, for tenants that keep to the standard's words. The
 * validator is loaded and the schemas are compiled when it is first asked for.
 */
export function makeSchemaCheck(folder: string): () => Promise<SchemaCheck> {
  let made: Promise<SchemaCheck> | undefined;
  return () => {
    made ??= load(folder);
    return made;
  };
}

async function load(folder: string): Promise<SchemaCheck> {
  const libxml2 = await import('libxml2-wasm');
  const { XmlBufferInputProvider, XmlDocument, XmlValidateError, XsdValidator, xmlRegisterInputProvider } = libxml2;
  const { ParseOption, XmlParseError } = libxml2;
  const names = readdirSync(folder).filter((name) => name.endsWith('.xsd'));
  const bytes = new Map(names.map((name) => [name, readFileSync(join(folder, name))]));
  xmlRegisterInputProvider(
    new XmlBufferInputProvider(Object.fromEntries([...bytes].map(([name, content]) => [`${base}/${name}`, content]))),
  );
  const driver = XmlDocument.fromString(driverOf(bytes), { url: `${base}/driver.xsd` });
  const schema: XsdValidator = XsdValidator.fromDoc(driver);
  driver.dispose();
  const option = ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE | ParseOption.XML_PARSE_HUGE;

  return (request) => {
    if (!isBounded(request)) {
      const text = `holds more than ${most.children} elements in one, or ${most.elements} in all`;
      return [{ path: [request], problem: () => problem('too-large', text, { field: request.name }) }];
    }
    const text = written(request, '');
    let document: XmlDocument;
    try {
      document = XmlDocument.fromString(text, { option });
    } catch (error) {
      if (!(error instanceof XmlParseError)) throw error;
      // It was XML when it came; what the validator does not take is the name of a namespace that is no address.
      const refused = () => problem('invalid-data', 'has a namespace that is no URI', { field: request.name });
      return [{ path: [request], problem: refused }];
    }
    try {
      schema.validate(document);
      return [];
    } catch (error) {
      if (!(error instanceof XmlValidateError)) throw error;
      return error.details.map(({ message, xpath }) => {
        const path = elementsAt(request, xpath ?? '');
        return { path, problem: () => problemOf(message, path.map(({ name }) => name).join('/')) };
      });
    } finally {
      document.dispose();
    }
  };
}

/** A schema that imports all others. */
function driverOf(schemas: ReadonlyMap<string, Buffer>): string {
  const imports = [...schemas].map(([name, bytes]) => {
    const namespace = /targetNamespace="([^"]+)"/.exec(bytes.toString('utf8'))?.[1];
    return element('xs:import', { namespace, schemaLocation: name });
  });
  return element('xs:schema', { 'xmlns:xs': 'http://www.w3.org/2001/XMLSchema' }, ...imports);
}

/**
 * What the schemas have against each of some items of a request, undefined for nothing: the first finding inside it, else
 * the first that is in none of them, which is about the request as a whole.
 */
export function refusedItems(
  findings: readonly SchemaFinding[],
  items: readonly XmlElement[],
): readonly (Problem | undefined)[] {
  const isItem = new Set(items);
  const byItem = new Map<XmlElement, Problem>();
  let outside: Problem | undefined;
  for (const finding of findings) {
    const item = finding.path.find((each) => isItem.has(each));
    if (item === undefined) outside ??= finding.problem();
    else if (!byItem.has(item)) byItem.set(item, finding.problem());
  }
  return items.map((item) => byItem.get(item) ?? outside);
}

function isBounded(request: XmlElement): boolean {
  let count = 0;
  const fits = ({ children }: XmlElement): boolean => {
    count += children.length;
    return children.length <= most.children && count <= most.elements && children.every(fits);
  };
  return fits(request);
}

/**
 * Writes an element as it was read, each namespace as the default one: the validator's paths then count all siblings, as
 * our own lists of children do. `xsi:type` is left out, since its prefixes are not kept; the declared types count.
 */
function written(read: XmlElement, outer: string): string {
  const { name, namespace, content, children, text } = read;
  const attributes: Record<string, string> = namespace === outer ? {} : { xmlns: namespace };
  for (const [at, [key, value]] of Object.entries(read.attributes).entries()) {
    const [, space, local] = /^\{(.*)\}(.*)$/.exec(key) ?? [];
    if (space === undefined) attributes[key] = value;
    else if (space === 'http://www.w3.org/XML/1998/namespace') attributes[`xml:${local}`] = value;
    else if (space !== xsi) Object.assign(attributes, { [`xmlns:a${at}`]: space, [`a${at}:${local}`]: value });
    else if (local === 'nil') Object.assign(attributes, { 'xmlns:i': xsi, 'i:nil': value });
  }
  const parts = content ?? (children.length > 0 ? children : [text]);
  return element(
    name,
    attributes,
    ...parts.map((part) => (typeof part === 'string' ? escapeText(part) : written(part, namespace))),
  );
}

/** The elements on a path as the validator writes it, all steps of the form `*` or `*[2]`; the first is the request. */
function elementsAt(request: XmlElement, xpath: string): XmlElement[] {
  const path = [request];
  for (const step of xpath.split('/').slice(2)) {
    const position = Number(/\[(\d+)\]$/.exec(step)?.[1] ?? 1);
    const next = path.at(-1)?.children[position - 1];
    if (next === undefined) break;
    path.push(next);
  }
  return path;
}

/** The problem that a message of the validator tells, without the value, which may be nobody else's business. */
function problemOf(message: string, field: string): Problem {
  const names = (list: string) => list.replaceAll(/\{[^}]*\}/g, '');
  const found = (pattern: RegExp) => pattern.exec(message)?.[1];

  const missing = found(/Missing child element\(s\)\. Expected is (?:one of )?\( ([^)]*) \)\.\s*$/);
  if (missing !== undefined) return problem('missing-data', `lacks ${names(missing)}`, { field });
  const attribute = found(/The attribute '([^']*)' is required but missing\.\s*$/);
  if (attribute !== undefined) return problem('missing-data', `lacks the attribute ${attribute}`, { field });
  if (/\[facet 'minLength'\].* length of '0'/s.test(message)) return problem('missing-data', 'is empty', { field });
  const longest = found(/exceeds the allowed maximum length of '(\d+)'\.\s*$/);
  if (longest !== undefined) return problem('too-long', `is longer than ${longest} characters`, { field });

  const invalid = (text: string) => problem('invalid-data', text, { field });
  if (/No matching global declaration available/.test(message)) return invalid('is not known in this namespace');
  const expected = found(/This element is not expected\. Expected is (?:one of )?\( ([^)]*) \)\.\s*$/);
  if (expected !== undefined) return invalid(`is not expected here; expected is ${names(expected)}`);
  if (/This element is not expected\.\s*$/.test(message)) return invalid('is not expected here');
  const words = found(/is not an element of the set (\{[^{}]*\})\.\s*$/);
  if (words !== undefined) return invalid(`is none of ${words}`);
  const type = found(/is not a valid value of the (?:atomic|local atomic|union|list) type '?([^']*)'?\.\s*$/);
  if (type !== undefined) return invalid(`is not a valid ${names(type)}`);
  if (/Character content/.test(message)) return invalid('holds text where only elements may be');
  return invalid('does not keep to the schema');
}
