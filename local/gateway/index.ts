export { type Gateway, startGateway } from './gateway';
export {
  DropConnection,
  type GatewayOptions,
  type Policies,
  type RequestHandle,
  type RequestRecord,
} from './options';
export { refuse } from './refusals';
export type { Identities, Identity } from './signature';
