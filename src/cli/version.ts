// The version of the package, put in by the build; in a checkout that runs from source it says so.
declare const LEAKLINE_VERSION: string | undefined;

export const toolVersion: string = typeof LEAKLINE_VERSION === 'string' ? LEAKLINE_VERSION : '0.0.0-source';
