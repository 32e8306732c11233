"""Rings a phone, and takes a message when nobody answers. Run: python3 examples/voicemail.py [PORT];
conf: number "+15550009000" { voice-url = "http://127.0.0.1:9000/" }"""
import os

from pages import respond, say, serve

PHONE = os.environ.get('PHONE', 'alice')


def after(p):
    if p.get('DialCallStatus') == 'completed':
        return respond('<Hangup/>')
    return respond(say('Nobody is here. Please leave a message after the beep, and press the hash key when you are done.'),
                   '<Record maxLength="120" finishOnKey="#" action="/thanks" recordingStatusCallback="/ready"/>',
                   # only reached when nothing was said
                   say('We did not hear anything. Goodbye.'))


def ready(p):
    print('message of', p.get('RecordingDuration'), 's:', p.get('RecordingUrl'), flush=True)
    return ''


serve({'/': lambda p: respond(f'<Dial timeout="15" answerOnBridge="true" action="/after">{PHONE}</Dial>'),
       '/after': after,
       '/thanks': lambda p: respond(say('Thank you. Goodbye.'), '<Hangup/>'),
       '/ready': ready})
