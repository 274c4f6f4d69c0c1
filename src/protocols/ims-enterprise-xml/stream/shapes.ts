import type { Container } from './piece.ts';

/** How records of a kind begin and end, as a file writes their name. */
export interface Shape {
  readonly container: Container;
  /** Plain name. */
  readonly name: string;
  /** Name as it stands in the file, one character a byte. */
  readonly rawName: string;
  readonly closing: string;
}

/** The shapes of a file's records. */
export interface Shapes {
  /** Notes how a record is written. */
  learn(container: Container, name: string, rawName: string): void;
  /** The shape of what begins with the `<` at a place, if it begins as one. */
  at(container: Container, text: string, from: number): Shape | undefined;
}

const recordsOf: Readonly<Record<Container, readonly string[]>> = {
  enterprise: ['person', 'group'],
  membership: ['member'],
};
// A file writes its names in one way; more are only read without this help.
const most = 8;
const greater = 62;
const space = 32;

/** Makes {@link Shapes}, empty. */
export function makeShapes(): Shapes {
  const shapes: Shape[] = [];
  return {
    learn(container, name, rawName) {
      if (!recordsOf[container].includes(name) || shapes.length >= most) return;
      if (shapes.some((shape) => shape.container === container && shape.rawName === rawName)) return;
      shapes.push({ container, name, rawName, closing: `</${rawName}>` });
    },
    at(container, text, from) {
      for (const shape of shapes) {
        if (shape.container !== container || !text.startsWith(shape.rawName, from + 1)) continue;
        const after = text.charCodeAt(from + 1 + shape.rawName.length);
        if (after === greater || after <= space) return shape;
      }
      return undefined;
    },
  };
}
