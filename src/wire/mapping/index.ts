export * from './mapping.ts';
export { isListAtPath, itemsAtPath, type JsonPath, type MappingPlace, readJsonPath, valuesAtPath } from './path.ts';
export { type MappedValue, type MappingStep, type StepName, stepNames, stepSchema } from './steps.ts';
