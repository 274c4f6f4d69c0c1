import type { Extension } from '../../model/index.ts';
import { element, escapeText, type XmlElement } from '../../wire/index.ts';

/** An element as it is kept: names as written, attributes in their order. Elements and texts alternate in `content`. */
export interface KeptNode {
  readonly name: string;
  readonly attributes?: readonly (readonly [string, string])[];
  readonly text?: string;
  readonly children?: readonly KeptNode[];
  readonly content?: readonly (string | KeptNode)[];
}

/** Something in a record that the canonical model has no field for; `in` is the path of the element that held it. */
export interface Kept {
  readonly in: string;
  readonly node?: KeptNode;
  readonly attribute?: readonly [string, string];
  readonly text?: string;
}

/** Prefixes of namespaces that a file declares. */
export type Prefixes = ReadonlyMap<string, string>;

/** The path under which what a `membership` holds beside its members is kept on each of them. */
export const containerPath = '..';

/** The extension that holds what was kept, or undefined for nothing. */
export function keptExtension(kept: readonly Kept[]): Extension | undefined {
  return kept.length === 0 ? undefined : { imsXml: { kept: [...kept] } };
}

/** What was kept in an extension; anything else that stands there is left out. */
export function keptOf(extension: Extension | undefined): readonly Kept[] {
  const kept = extension?.imsXml?.['kept'];
  return Array.isArray(kept) ? (kept as readonly Kept[]) : [];
}

/** Turns an element into what is kept, with the declarations of the prefixes that it uses. */
export function keptNode(xml: XmlElement, prefixes: Prefixes): KeptNode {
  if (prefixes.size === 0) return bareNode(xml);
  const used = new Set<string>();
  collectPrefixes(xml, used);
  const declarations = [...used]
    .filter((prefix) => !(`xmlns:${prefix}` in xml.attributes))
    .flatMap((prefix) => {
      const uri = prefixes.get(prefix);
      return uri === undefined ? [] : [[`xmlns:${prefix}`, uri] as const];
    });
  const node = bareNode(xml);
  return declarations.length === 0 ? node : { ...node, attributes: [...declarations, ...(node.attributes ?? [])] };
}

function bareNode(xml: XmlElement): KeptNode {
  const attributes = Object.entries(xml.attributes);
  const text = xml.children.length === 0 || xml.content !== undefined ? xml.text : xml.text.trim();
  return {
    name: xml.name,
    ...(attributes.length > 0 && { attributes }),
    ...(xml.content === undefined
      ? {
          ...(text.trim() !== '' && { text }),
          ...(xml.children.length > 0 && { children: xml.children.map(bareNode) }),
        }
      : { content: xml.content.map((part) => (typeof part === 'string' ? part : bareNode(part))) }),
  };
}

function collectPrefixes(xml: XmlElement, used: Set<string>): void {
  for (const name of [xml.name, ...Object.keys(xml.attributes)]) {
    const colon = name.indexOf(':');
    if (colon > 0 && !name.startsWith('xml')) used.add(name.slice(0, colon));
  }
  for (const child of xml.children) collectPrefixes(child, used);
}

/** Writes records back together with what was kept of them. */
export interface KeptWriter {
  /**
   * Writes an element with what was kept at its path; nothing where it would be empty. `attributes` that are undefined
   * are left out.
   */
  element(
    path: string,
    name: string,
    attributes: Readonly<Record<string, string | undefined>> | undefined,
    ...content: readonly string[]
  ): string;
  /** Writes a text element. */
  leaf(
    path: string,
    value: string | undefined,
    attributes?: Readonly<Record<string, string | undefined>>,
    name?: string,
  ): string;
}

/** Makes a {@link KeptWriter} for one record or role. */
export function makeKeptWriter(extension: Extension | undefined): KeptWriter {
  const kept = keptOf(extension);
  const write: KeptWriter['element'] = (path, name, attributes, ...content) => {
    const all: Record<string, string> = {};
    for (const [word, value] of Object.entries(attributes ?? {})) if (value !== undefined) all[word] = value;
    let inside = content.join('');
    for (const entry of kept) {
      if (entry.in !== path) continue;
      if (entry.attribute !== undefined) all[entry.attribute[0]] = entry.attribute[1];
      if (entry.text !== undefined) inside += escapeText(entry.text);
      if (entry.node !== undefined) inside += writeNode(entry.node);
    }
    return inside === '' && Object.keys(all).length === 0 ? '' : element(name, all, inside);
  };
  return {
    element: write,
    leaf: (path, value, attributes, name = path.slice(path.lastIndexOf('/') + 1)) =>
      write(path, name, attributes, value === undefined ? '' : escapeText(value)),
  };
}

/** Writes what was kept at the container's path of a member (see {@link containerPath}). */
export function writeContainerRest(extension: Extension | undefined): string {
  return keptOf(extension)
    .map((entry) => (entry.in === containerPath && entry.node !== undefined ? writeNode(entry.node) : ''))
    .join('');
}

function writeNode(node: KeptNode): string {
  const content = node.content ?? [...(node.text === undefined ? [] : [node.text]), ...(node.children ?? [])];
  return element(
    node.name,
    Object.fromEntries(node.attributes ?? []),
    ...content.map((part) => (typeof part === 'string' ? escapeText(part) : writeNode(part))),
  );
}
