"""A menu of two levels. Run: python3 examples/ivr.py [PORT]; conf: number "+15550009000" { voice-url = "http://127.0.0.1:9000/" }"""
from pages import respond, say, serve

AGAIN = '<Redirect>/</Redirect>'


def start(p):
    menu = say('Welcome. For your account, press 1. For our opening hours, press 2. For a person, press 0.')
    return respond('<Gather numDigits="1" timeout="5" action="/menu">' + menu + '</Gather>', say('We did not hear a key.'), AGAIN)


def menu(p):
    key = p.get('Digits')
    if key == '1':
        return respond('<Gather numDigits="4" timeout="10" action="/account">' + say('Please enter the four digits of your customer number.') + '</Gather>', AGAIN)
    if key == '2':
        return respond(say('We are here from nine to five, Monday to Friday.'), AGAIN)
    if key == '0':
        return respond('<Dial timeout="20" action="/after">alice</Dial>')
    return respond(say('That is none of the choices.'), AGAIN)


def account(p):
    # one by one: "1 2 3 4" is spoken as four digits
    return respond(say('Thank you, customer ' + ' '.join(c for c in p.get('Digits', '') if c.isdigit()) + '. Goodbye.'), '<Hangup/>')


def after(p):
    return respond('<Hangup/>') if p.get('DialCallStatus') == 'completed' else respond(say('Nobody can take your call now.'), AGAIN)


serve({'/': start, '/menu': menu, '/account': account, '/after': after})
