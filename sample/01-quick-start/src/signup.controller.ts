import { randomUUID } from 'node:crypto';
import { BadRequestException, Body, Controller, HttpCode, Post, ValidationPipe } from '@nestjs/common';
import { MailRelayError, type MailReceipt } from 'nestjs-mail-relay';
import { SignupRequest } from './signup-request.dto.js';
import { Signup } from './signup.js';

@Controller('signup')
export class SignupController {
  constructor(private readonly signup: Signup) {}

  @Post()
  @HttpCode(202)
  async create(
    @Body(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true })) { name, email }: SignupRequest,
  ): Promise<Pick<MailReceipt, 'mailId' | 'recipients'>> {
    try {
      const { mailId, recipients } = await this.signup.welcome({ id: randomUUID(), name, email });
      return { mailId, recipients };
    } catch (error) {
      if (MailRelayError.is(error, 'ERR_MAIL_RELAY_ADDRESS')) throw new BadRequestException(error.message);
      throw error;
    }
  }
}
