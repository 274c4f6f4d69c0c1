export { makeRestPuller, type RestPullerDeps } from './puller.ts';
