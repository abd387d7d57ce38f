export { commonError } from './common-errors';
export { type Gateway, startGateway } from './gateway';
export {
  DropConnection,
  type GatewayOptions,
  type Policies,
  type RequestHandle,
  type RequestRecord,
} from './options';
export type { Identities, Identity } from './signatures/verify';
