import { csvRow } from '../../../wire/index.ts';
import { type CsvVersion, otherFiles, type RosterFile, rosterFiles } from '../columns.ts';
import type { FileMode } from '../manifest.ts';

/** Files that 1.1 does not know. */
const newIn1p2: ReadonlySet<string> = new Set([
  'lineItemLearningObjectiveIds',
  'lineItemScoreScales',
  'resultLearningObjectiveIds',
  'resultScoreScales',
  'roles',
  'scoreScales',
  'userProfiles',
  'userResources',
]);

/** `manifest.csv` (OneRoster CSV 1.2, section "Manifest") with a property for each file of the standard. */
export function manifestCsv(version: CsvVersion, modes: ReadonlyMap<RosterFile, FileMode>): string {
  const files = [...rosterFiles, ...otherFiles]
    .filter((file) => version !== '1.1' || !newIn1p2.has(file))
    .sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
  return [
    ['propertyName', 'value'],
    ['manifest.version', '1.0'],
    // 1.2.1 corrects the CSV binding alone; its manifest still says 1.2.
    ['oneroster.version', version === '1.1' ? '1.1' : '1.2'],
    ...files.map((file) => [`file.${file}`, modes.get(file as RosterFile) ?? 'absent']),
    ['source.systemName', 'Rostergate'],
  ]
    .map(csvRow)
    .join('');
}
