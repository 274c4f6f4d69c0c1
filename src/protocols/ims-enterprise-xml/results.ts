import type { RoleResult } from '../../model/index.ts';
import type { XmlElement } from '../../wire/index.ts';
import { readComment, writeComment } from './parts.ts';
import { once, orderOf, type Reading } from './reading.ts';
import type { KeptWriter } from './rest.ts';

const resultOrder = orderOf('mode', 'values', 'result', 'comments');
const valuesOrder = orderOf('list', 'min', 'max');

/** Reads `interimresult` or `finalresult`. */
export function readResult(reading: Reading, xml: XmlElement, path: string): RoleResult {
  const result: RoleResult = {};
  let valuesSeen = false;
  reading.attributes(xml, path, (name, value) => {
    if (name !== 'resulttype') return false;
    result.type = value;
    return true;
  });
  reading.children(xml, path, resultOrder, (name, child) => {
    const place = `${path}/${name}`;
    switch (name) {
      case 'mode':
        return once(result, 'mode', () => reading.leaf(child, place));
      case 'result':
        return once(result, 'result', () => reading.leaf(child, place));
      case 'comments':
        return once(result, 'comments', () => readComment(reading, child, place));
      default:
        if (valuesSeen) return false;
        valuesSeen = true;
        readValues(reading, child, place, result);
        return true;
    }
  });
  return result;
}

function readValues(reading: Reading, xml: XmlElement, path: string, result: RoleResult): void {
  reading.attributes(xml, path, (name, value) => {
    if (name !== 'valuetype') return false;
    result.valueType = value;
    return true;
  });
  reading.children(xml, path, valuesOrder, (name, child) => {
    if (name === 'min') return once(result, 'min', () => reading.leaf(child, `${path}/min`));
    if (name === 'max') return once(result, 'max', () => reading.leaf(child, `${path}/max`));
    const list = result.list ?? [];
    result.list = list;
    list.push(reading.leaf(child, `${path}/list[${list.length}]`) ?? '');
    return true;
  });
}

/** Writes `interimresult` or `finalresult`, as `name` says. */
export function writeResult(writer: KeptWriter, path: string, name: string, result: RoleResult): string {
  const values = `${path}/values`;
  return (
    writer.element(
      path,
      name,
      { resulttype: result.type },
      writer.leaf(`${path}/mode`, result.mode),
      writer.element(
        values,
        'values',
        { valuetype: result.valueType },
        ...(result.list ?? []).map(
          (value, index) => writer.leaf(`${values}/list[${index}]`, value, {}, 'list') || '<list/>',
        ),
        writer.leaf(`${values}/min`, result.min),
        writer.leaf(`${values}/max`, result.max),
      ),
      writer.leaf(`${path}/result`, result.result),
      writeComment(writer, `${path}/comments`, result.comments),
    ) || `<${name}/>`
  );
}
