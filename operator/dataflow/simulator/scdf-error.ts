/** An error as SCDF answers it: `logref` is the simple name of the Java exception. */
export class ScdfError extends Error {
  override readonly name = 'ScdfError';
  readonly status: number;
  readonly logref: string;

  constructor(status: number, logref: string, message: string) {
    super(message);
    this.status = status;
    this.logref = logref;
  }

  body(): unknown {
    const error = { message: this.message, logref: this.logref, _links: { self: { href: '/' } } };
    return { _embedded: { errors: [error] } };
  }
}

export function skipperError(message: string): ScdfError {
  return new ScdfError(500, 'SkipperException', message);
}

export function illegalArgument(message: string): ScdfError {
  return new ScdfError(500, 'IllegalArgumentException', message);
}

export function noSuchRelease(name: string): ScdfError {
  return new ScdfError(500, 'ReleaseNotFoundException', `Release with the name [${name}] doesn't exist`);
}
