/** Which build this is: the image's build arguments reach the process as environment variables. */
export interface BuildInfo {
  readonly version: string;
  /** Git revision; empty when not built from one. */
  readonly revision: string;
}
