export { type Column, type CsvVersion, columnsOf, csvVersions, type RosterFile, rosterFiles } from './columns.ts';
export { type CsvReaderSettings, makeOneRosterCsvReader } from './reader.ts';
export { makeOneRosterCsvExporter } from './write/exporter.ts';
