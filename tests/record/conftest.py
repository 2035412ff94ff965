from chainrule.record import tracker

tracker.prepare()  # the tests import MLflow themselves
