import { defineMail } from 'nestjs-mail-relay';

export interface Receipt {
  readonly name: string;
  readonly order: {
    readonly number: string;
    readonly placed: Date | string;
    readonly url: string;
    readonly items: readonly { readonly title: string; readonly price: number }[];
    readonly total: number;
  };
}

/** `mail.queue(orderReceipt({ name, order }, { to: user.email, locale: user.locale }))`. */
export const orderReceipt = defineMail<Receipt>({ template: 'order-receipt', tags: ['order'] });
