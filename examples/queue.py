"""Callers wait in a queue; who calls the other number takes the first of them. Run: python3 examples/queue.py [PORT];
conf: number "+15550009000" { voice-url = "http://127.0.0.1:9000/" }   number "+15550009010" { voice-url = "http://127.0.0.1:9000/agent" }"""
from pages import respond, say, serve

LEFT = {'bridged': '', 'hangup': '',
        'queue-full': say('Too many people are waiting. Please call later.'),
        'leave': say('We are sorry that nobody was free. Goodbye.')}


def wait(p):  # asked again and again while a caller waits
    if int(p.get('QueueTime', 0)) > 600:
        return respond('<Leave/>')
    return respond(say('You are number ' + str(int(p.get('QueuePosition', 1))) + '.'), '<Pause length="10"/>')


serve({'/': lambda p: respond(say('All our people are busy.'), '<Enqueue waitUrl="/wait" action="/left" maxQueueSize="50">support</Enqueue>'),
       '/wait': wait,
       '/left': lambda p: respond(LEFT.get(p.get('QueueResult'), say('Something went wrong. Goodbye.')), '<Hangup/>'),
       '/agent': lambda p: respond('<Dial action="/next"><Queue url="/announce">support</Queue></Dial>', say('Nobody is waiting.'),
                                   '<Pause length="5"/>', '<Redirect>/agent</Redirect>'),
       # heard by the caller right before the two talk
       '/announce': lambda p: respond(say('You are connected now.')),
       '/next': lambda p: respond('<Redirect>/agent</Redirect>')})
