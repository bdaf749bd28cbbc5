// One of a few, all of them in sight: a row of buttons of which one is pressed.

export interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly options: readonly { readonly id: T; readonly title: string; readonly about?: string }[];
  readonly value: T;
  readonly onChoose: (id: T) => void;
}

export function Choice<T extends string>({ label, options, value, onChoose }: ChoiceProps<T>) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a row everywhere
    <span class="choice" role="group" aria-label={label}>
      {options.map(({ id, title, about }) => (
        <button key={id} type="button" aria-pressed={id === value} title={about} onClick={() => onChoose(id)}>
          {title}
        </button>
      ))}
    </span>
  );
}
