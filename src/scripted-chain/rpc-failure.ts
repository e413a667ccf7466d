/** A JSON-RPC error object. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** Leaves a method with an error object; caught where the call is answered. */
export class RpcFailure extends Error {
  readonly rpcError: RpcError;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.name = 'RpcFailure';
    this.rpcError = data === undefined ? { code, message } : { code, message, data };
  }
}

/** geth's words for a call that it cannot read. */
export const rpcFailures = {
  missing: (place: number) => new RpcFailure(-32602, `missing value for required argument ${place}`),
  invalid: (place: number, why: string) => new RpcFailure(-32602, `invalid argument ${place}: ${why}`),
  unknownMethod: (method: string) => new RpcFailure(-32601, `the method ${method} does not exist/is not available`),
  reverted: () => new RpcFailure(3, 'execution reverted', '0x'),
  headerNotFound: () => new RpcFailure(-32000, 'header not found'),
};
