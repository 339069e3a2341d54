// What main.ts takes of @aws-sdk/credential-providers, which this example alone installs.

declare module '@aws-sdk/credential-providers' {
  export function fromTemporaryCredentials(options: {
    readonly params: {
      readonly RoleArn: string
      readonly RoleSessionName: string
      readonly ExternalId?: string
      readonly DurationSeconds?: number
    }
    readonly clientConfig?: { readonly region: string }
  }): () => Promise<{
    accessKeyId: string
    secretAccessKey: string
    sessionToken?: string
    expiration?: Date
  }>
}
