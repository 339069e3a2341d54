// In: the text of a CloudFormation template. Out: its document, and what its references come to.

import { parse, type ScalarTag } from 'yaml'

type Properties = Readonly<Record<string, unknown>>

export interface Template {
  readonly Parameters: Properties
  readonly Resources: Properties
}

const PSEUDO_PARAMETERS = ['AWS::AccountId', 'AWS::Partition', 'AWS::Region']

export function parseTemplate(text: string): Template {
  const customTags = ['Ref', 'Sub', 'GetAtt'].map((name): ScalarTag => ({
    tag: `!${name}`,
    resolve: (value) => ({ [name]: value }),
  }))
  const template = parse(text, { customTags, strict: true }) as Template
  resolved(template, {})
  return template
}

/** Puts the values in; an attribute of a resource becomes its name. Throws for what the template does not have. */
export function resolved(template: Template, values: Readonly<Record<string, string>>): Template {
  const names = [
    ...Object.keys(template.Parameters),
    ...Object.keys(template.Resources),
    ...PSEUDO_PARAMETERS,
  ]
  const valueOf = (name: string): string => {
    if (!names.includes(name)) throw new Error(`the template refers to ${name}, which it does not have`)
    return values[name] ?? name
  }
  const replaced = JSON.stringify(template, (_, value: Properties | string | null) => {
    if (typeof value !== 'object' || value === null) return value
    const { Ref, Sub, GetAtt } = value
    if (typeof Ref === 'string') return valueOf(Ref)
    if (typeof Sub === 'string') return Sub.replace(/\$\{([^}]+)\}/g, (__, name: string) => valueOf(name))
    if (typeof GetAtt !== 'string') return value
    valueOf(GetAtt.replace(/\..*/, ''))
    return GetAtt
  })
  return JSON.parse(replaced) as Template
}

/** The properties of a resource, or what lies deeper in them. */
export function propertyOf({ Resources }: Template, ...path: readonly (string | number)[]): unknown {
  const [resource = '', ...rest] = path
  return [resource, 'Properties', ...rest].reduce<unknown>(
    (value, key) => (value as Record<string, unknown> | undefined)?.[key],
    Resources,
  )
}
