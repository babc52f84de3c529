/** What becomes of a change that somebody has posted. */
export type Reply = { readonly status: 204 } | { readonly status: 400; readonly message: string };
