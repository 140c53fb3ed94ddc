import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { IsEmail, IsString, Length } from 'class-validator';
import { MailService } from 'nestjs-mail-relay';

export class SignupRequest {
  @IsString()
  @Length(1, 100)
  readonly name!: string;

  @IsEmail()
  readonly email!: string;
}

@Controller('signup')
export class SignupController {
  constructor(private readonly mail: MailService) {}

  /** Answers once the mail is in Redis; whoever asks twice gets one mail. */
  @Post()
  @HttpCode(202)
  async signup(@Body() { name, email }: SignupRequest): Promise<{ readonly mailId: string }> {
    const { mailId } = await this.mail.queue({
      to: email,
      subject: `Welcome, ${name}`,
      text: `Hello ${name}, it is good to have you here.`,
      idempotencyKey: `welcome:${email}`,
    });
    return { mailId };
  }
}
