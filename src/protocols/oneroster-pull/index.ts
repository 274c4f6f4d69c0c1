export { makeOneRosterPuller, type PullerDeps } from './puller.ts';
