/** The version of this package, as its manifests name it. A test compares it with package.json. */
export const VERSION = '0.1.0'
