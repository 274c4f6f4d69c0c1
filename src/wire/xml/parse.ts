import { failed, ok, type Result } from '../../base/result.ts';
import { decodeXmlBytes } from './decode.ts';
import type { XmlElement } from './element.ts';
import { XmlError } from './error.ts';
import { makeXmlReader, type XmlHandlers, type XmlLimits, type XmlReader } from './reader.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Building = Mutable<Omit<XmlElement, 'children' | 'content'>> & {
  children: XmlElement[];
  content?: (string | XmlElement)[];
};

/** Reads many small texts with one reader. */
export interface XmlParser {
  /** Reads one document; `line` is the number of its first line. Throws an {@link XmlError}. */
  parse(text: string, line?: number): XmlElement;
}

/** Makes a {@link XmlParser}; `namespaces` as for {@link makeXmlReader}. */
export function makeXmlParser(namespaces: boolean, limits?: Partial<XmlLimits>): XmlParser {
  const path: Building[] = [];
  let root: Building | undefined;
  let firstLine = 1;

  const handlers: XmlHandlers = {
    open({ name, namespace, attributes, line }) {
      const element: Building = { name, namespace, attributes, children: [], text: '', line: line + firstLine - 1 };
      const parent = path.at(-1);
      if (parent === undefined) root = element;
      else addChild(parent, element);
      path.push(element);
    },
    text(text) {
      const parent = path.at(-1);
      if (parent === undefined) return;
      if (parent.children.length === 0) parent.text += text;
      else if (parent.content !== undefined || text.trim() !== '') {
        parent.content ??= [...(parent.text === '' ? [] : [parent.text]), ...parent.children];
        parent.content.push(text);
        parent.text += text;
      }
    },
    close() {
      path.pop();
    },
  };
  const make = (): XmlReader => makeXmlReader(handlers, limits === undefined ? { namespaces } : { namespaces, limits });
  let reader = make();

  return {
    parse(text, line = 1) {
      firstLine = line;
      try {
        reader.write(text);
        reader.close();
        if (root === undefined) throw new XmlError('unreadable-input', 'document must contain a root element');
        return root;
      } catch (error) {
        reader = make();
        path.length = 0;
        if (!(error instanceof XmlError) || line === 1) throw error;
        throw new XmlError(error.code, error.message, { line: (error.line ?? 1) + line - 1 });
      } finally {
        root = undefined;
      }
    },
  };
}

function addChild(parent: Building, child: XmlElement): void {
  if (parent.content !== undefined) parent.content.push(child);
  else if (parent.text !== '') {
    if (parent.text.trim() === '') parent.text = '';
    else parent.content = [parent.text, child];
  }
  parent.children.push(child);
}

/** How to read one small document. */
export interface ParseXmlOptions {
  /** The `charset` parameter that came with the bytes. */
  readonly charset?: string;
  readonly limits?: Partial<XmlLimits>;
}

/**
 * Reads one small document with namespaces, strictly (XML 1.0, Namespaces in XML 1.0). Problems: `unreadable-input`,
 * `forbidden-input` (any DOCTYPE), `too-large`, each with its line where it has one.
 */
export function parseXml(input: string | Uint8Array, options: ParseXmlOptions = {}): Result<XmlElement> {
  try {
    const text = typeof input === 'string' ? input : decodeXmlBytes(input, options.charset);
    return ok(makeXmlParser(true, options.limits).parse(text));
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    return failed(error.code, error.message, error.line === undefined ? undefined : { line: error.line });
  }
}
