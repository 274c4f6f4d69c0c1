import { type Endpoint, endpoints } from '../src/protocols/ims-es/operations.ts';
import {
  abstractFile,
  abstractWsdl,
  type Locations,
  serviceFile,
  serviceWsdl,
} from '../src/protocols/ims-es/wsdl/documents.ts';
import { messageSchemas } from './message-schemas.ts';

/** The files of `wsdl/` that are made from the table of operations, as they lie there: they point to each other by name. */
export function wsdlFiles(): ReadonlyMap<string, string> {
  const at = (endpoint: Endpoint): Locations => ({
    address: `http://localhost:3000/soap/${endpoint.name}`,
    wsdl: (_, file) => file,
    schema: (name) => `${name}.xsd`,
  });
  const files = endpoints.flatMap((endpoint): [string, string][] => [
    [serviceFile(endpoint), serviceWsdl(endpoint, at(endpoint))],
    // The endpoint of all services has every port type.
    ...(endpoint.services.length === 1
      ? []
      : endpoint.services.map((service): [string, string] => [
          abstractFile(service),
          abstractWsdl(service, endpoint.portTypes, at(endpoint)),
        ])),
  ]);
  return new Map([...files, ...messageSchemas()].map(([name, text]) => [`wsdl/${name}`, text]));
}
