"""All tables as they stood when the steps it replaces had been made, in one."""

import crm.automation.models
import crm.core.fields
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('automation', '0001_webhook'),
        ('automation', '0002_rule_notification'),
        ('automation', '0003_rule_noun'),
        ('automation', '0004_notification_kinds'),
        ('automation', '0005_notices_of_mail'),
    ]

    initial = True

    dependencies = [
        ('team', '0001_tables'),
    ]

    operations = [
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.UUIDField(default=crm.core.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('event_seq', models.BigIntegerField(null=True)),
                ('event', models.CharField(max_length=80)),
                ('object_type', models.CharField(blank=True, max_length=60)),
                ('object_id', models.UUIDField(null=True)),
                ('run_id', models.UUIDField(null=True)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('sending', 'Being sent'), ('delivered', 'Delivered'), ('failed', 'Given up')], default='waiting', max_length=9)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('lease_until', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('finished_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['created_at'], name='delivery_age')],
            },
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('number', models.PositiveSmallIntegerField()),
                ('milliseconds', models.PositiveIntegerField(default=0)),
                ('status', models.PositiveSmallIntegerField(null=True)),
                ('error', models.CharField(blank=True, max_length=20)),
                ('response', models.TextField(blank=True)),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='automation.delivery')),
            ],
        ),
        migrations.CreateModel(
            name='Rule',
            fields=[
                ('id', models.UUIDField(default=crm.core.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='Created')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='Changed')),
                ('deleted_at', models.DateTimeField(editable=False, null=True, verbose_name='Deleted')),
                ('is_sample', models.BooleanField(default=False, editable=False, verbose_name='Sample data')),
                ('custom', models.JSONField(editable=False, null=True)),
                ('search', crm.core.fields.SearchField(editable=False, null=True)),
                ('actor_kind', models.CharField(default='system', editable=False, max_length=12)),
                ('actor_id', models.UUIDField(editable=False, null=True)),
                ('name', models.CharField(max_length=80, verbose_name='Name')),
                ('name_key', models.CharField(blank=True, editable=False, max_length=200)),
                ('noun', models.CharField(choices=crm.automation.models.noun_choices, max_length=60, verbose_name='Kind of record')),
                ('trigger', models.CharField(choices=[('event', 'Something happens'), ('change', 'A field changes'), ('schedule', 'At a time')], default='event', max_length=8, verbose_name='Begins when')),
                ('events', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), blank=True, default=list, help_text='Names of events; * stands for anything: sales.order.*', size=None, verbose_name='Events')),
                ('field', models.CharField(blank=True, max_length=60, verbose_name='Field')),
                ('from_value', models.CharField(blank=True, max_length=120, verbose_name='From')),
                ('to_value', models.CharField(blank=True, max_length=120, verbose_name='To')),
                ('direction', models.CharField(blank=True, choices=[('up', 'rises to or above'), ('down', 'falls below')], max_length=4, verbose_name='Direction')),
                ('threshold', models.FloatField(blank=True, null=True, verbose_name='Threshold')),
                ('every', models.CharField(blank=True, choices=[('hours', 'Every few hours'), ('day', 'Every day'), ('week', 'Every week'), ('month', 'Every month')], max_length=5, verbose_name='How often')),
                ('hours', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(720)], verbose_name='Hours between')),
                ('time_of_day', models.CharField(blank=True, max_length=5, validators=[django.core.validators.RegexValidator('^([01]\\d|2[0-3]):[0-5]\\d\\Z')], verbose_name='Time of day')),
                ('weekday', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(7)], verbose_name='Day of the week')),
                ('month_day', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(31)], verbose_name='Day of the month')),
                ('conditions', models.JSONField(blank=True, help_text='Only for records of which this is true.', null=True, verbose_name='Conditions')),
                ('actions', models.JSONField(help_text='What is done, one after another.', verbose_name='Actions')),
                ('is_for_imports', models.BooleanField(default=False, verbose_name='Also for imported records')),
                ('state', models.CharField(choices=[('active', 'Active'), ('paused', 'Paused'), ('stopped', 'Switched off')], default='active', editable=False, max_length=8, verbose_name='State')),
                ('next_at', models.DateTimeField(editable=False, null=True, verbose_name='Next time')),
                ('turns_count', models.PositiveIntegerField(default=0, editable=False)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Owner')),
            ],
            options={
                'verbose_name': 'Rule',
                'verbose_name_plural': 'Rules',
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['search'], name='rule_search'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['name_key', 'id'], name='rule_name_key_s'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['created_at', 'id'], name='rule_created_at_s')],
            },
        ),
        migrations.CreateModel(
            name='RuleRun',
            fields=[
                ('id', models.UUIDField(default=crm.core.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('cause', models.CharField(max_length=100)),
                ('event_seq', models.BigIntegerField(null=True)),
                ('object_type', models.CharField(max_length=60)),
                ('object_id', models.UUIDField()),
                ('depth', models.PositiveSmallIntegerField(default=0)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('done', 'Done'), ('failed', 'Failed'), ('stopped', 'Stopped')], default='waiting', max_length=8)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('finished_at', models.DateTimeField(null=True)),
                ('error', models.TextField(blank=True)),
                ('parent', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='children', to='automation.rulerun')),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='automation.rule')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['rule', 'due_at'], name='rule_run_due'), models.Index(fields=['rule', 'id'], name='rule_run_log'), models.Index(fields=['created_at'], name='rule_run_age')],
                'constraints': [models.UniqueConstraint(fields=('rule', 'cause'), name='rule_run_once')],
            },
        ),
        migrations.CreateModel(
            name='RuleStep',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('number', models.PositiveSmallIntegerField()),
                ('action', models.CharField(max_length=10)),
                ('is_done', models.BooleanField()),
                ('text', models.TextField(blank=True)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('milliseconds', models.PositiveIntegerField(default=0)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='automation.rulerun')),
            ],
        ),
        migrations.CreateModel(
            name='Webhook',
            fields=[
                ('id', models.UUIDField(default=crm.core.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='Created')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='Changed')),
                ('deleted_at', models.DateTimeField(editable=False, null=True, verbose_name='Deleted')),
                ('is_sample', models.BooleanField(default=False, editable=False, verbose_name='Sample data')),
                ('custom', models.JSONField(editable=False, null=True)),
                ('search', crm.core.fields.SearchField(editable=False, null=True)),
                ('actor_kind', models.CharField(default='system', editable=False, max_length=12)),
                ('actor_id', models.UUIDField(editable=False, null=True)),
                ('name', models.CharField(max_length=80, verbose_name='Name')),
                ('name_key', models.CharField(blank=True, editable=False, max_length=200)),
                ('url', models.URLField(help_text='Where we send the events, as a POST with JSON.', max_length=500, verbose_name='Address')),
                ('events', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), help_text='Names of events; * stands for anything: sales.order.*', size=None, verbose_name='Events')),
                ('conditions', models.JSONField(blank=True, help_text='Only for records of which this is true.', null=True, verbose_name='Conditions')),
                ('state', models.CharField(choices=[('active', 'Active'), ('paused', 'Paused'), ('failing', 'Switched off: it failed too long'), ('gone', 'Switched off: the receiver said it is gone')], default='active', editable=False, max_length=8, verbose_name='State')),
                ('generation', models.PositiveSmallIntegerField(default=1, editable=False)),
                ('is_secret_shown', models.BooleanField(default=False, editable=False)),
                ('previous_until', models.DateTimeField(editable=False, null=True)),
                ('failures_count', models.PositiveIntegerField(default=0, editable=False)),
                ('quiet_until', models.DateTimeField(editable=False, null=True)),
                ('delivered_at', models.DateTimeField(editable=False, null=True, verbose_name='Last delivered')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Owner')),
            ],
            options={
                'verbose_name': 'Webhook',
                'verbose_name_plural': 'Webhooks',
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['search'], name='webhook_search'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['name_key', 'id'], name='webhook_name_key_s'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['created_at', 'id'], name='webhook_created_at_s')],
            },
        ),
        migrations.CreateModel(
            name='Notification',
            fields=[
                ('id', models.UUIDField(default=crm.core.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('rule', 'What your rules tell you'), ('assigned', 'Records that are given to you'), ('trouble', 'Rules and webhooks that were switched off'), ('work', 'Imports and exports that are finished'), ('mention', 'Words that name you with an @'), ('reminder', 'Tasks and meetings that are due'), ('mail', 'Mail of yours that did not arrive')], max_length=8)),
                ('text', models.CharField(max_length=300)),
                ('object_type', models.CharField(blank=True, max_length=60)),
                ('object_id', models.UUIDField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('read_at', models.DateTimeField(null=True)),
                ('is_for_mail', models.BooleanField(default=False)),
                ('mailed_at', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notifications', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['user', 'id'], name='notification_log'), models.Index(condition=models.Q(('read_at', None)), fields=['user'], name='notification_unread'), models.Index(fields=['created_at'], name='notification_age')],
            },
        ),
        migrations.CreateModel(
            name='NotificationChoice',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('rule', 'What your rules tell you'), ('assigned', 'Records that are given to you'), ('trouble', 'Rules and webhooks that were switched off'), ('work', 'Imports and exports that are finished'), ('mention', 'Words that name you with an @'), ('reminder', 'Tasks and meetings that are due'), ('mail', 'Mail of yours that did not arrive')], max_length=8)),
                ('way', models.CharField(choices=[('page', 'Here only'), ('mail', 'Here and by mail'), ('off', 'Not at all')], max_length=4)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'kind'), name='notification_choice_once')],
            },
        ),
        migrations.AddField(
            model_name='delivery',
            name='webhook',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='automation.webhook'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state__in', ['waiting', 'sending'])), fields=['webhook', 'due_at'], name='delivery_due'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['webhook', 'id'], name='delivery_log'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(fields=('webhook', 'event_seq'), name='delivery_once'),
        ),
    ]
